# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The output of tests/run: results, file by file, while suites run in parallel; a progress
# line on a terminal; and at the end the failed tests, the skipped tests, and the slowest
# files. Sourced by tests/run.
#
# The results of a suite are in $CACHE/results/SUITE/tap, written by tests/suite.

REPORT_STATE=''		# a directory: a file for each suite, "running BEGIN" or "done"
REPORT_SUITES=() REPORT_JOBS=1
REPORT_DRAWER=''
RED='' GREEN='' PLAIN='' CLEAR=''

sheet_of() {
	echo "$CACHE/results/$1/tap"
}

# report_begin JOBS SUITE...: JOBS suites run at a time
report_begin() {
	local suite
	REPORT_JOBS=$1
	shift
	REPORT_SUITES=("$@")
	mkdir -p "$CACHE/results" "$CACHE/took"
	REPORT_STATE=$(mktemp -d "$CACHE/results/run.XXXXXX")
	exec {REPORT_LOCK}>"$REPORT_STATE/lock"
	for suite; do
		rm -f "$(sheet_of "$suite")"
	done
	[ -t 1 ] || return 0
	RED=$'\e[31m' GREEN=$'\e[32m' PLAIN=$'\e[0m' CLEAR=$'\r\e[K'
	draw_progress &
	REPORT_DRAWER=$!
}

# report_end: remove the progress line; may be called twice.
report_end() {
	[ -z "$REPORT_DRAWER" ] || kill "$REPORT_DRAWER" 2>/dev/null || true
	[ -z "$REPORT_DRAWER" ] || printf '%s' "$CLEAR"
	REPORT_DRAWER=''
	[ -z "$REPORT_STATE" ] || rm -rf "$REPORT_STATE"
	REPORT_STATE=''
}

# locked COMMAND...: run with a lock, so that the output of parallel suites is not mixed.
locked() {
	flock "$REPORT_LOCK"
	printf '%s' "$CLEAR"
	"$@"
	flock -u "$REPORT_LOCK"
}

suite_begins() {
	echo "running $SECONDS" >"$REPORT_STATE/$1"
}

# suite_ends NAME SECONDS: keep the time as an estimate for later runs, if all files ran.
suite_ends() {
	echo "done 0" >"$REPORT_STATE/$1"
	[ -n "${NETFLOW_ONLY:-}" ] || echo "$2" >"$CACHE/took/$1"
	echo "$2" >"$CACHE/results/$1/seconds"
}

# comments: print messages of the lab's scripts from standard input without delay
comments() {
	local line
	while IFS= read -r line; do
		locked printf '%s\n' "$line" >&2
	done
}

# blocks: print a suite's TAP from standard input, file by file. The numbers of results count
# within the suite and are removed, so that the output of all suites is one stream.
blocks() {
	local line block=''
	while IFS= read -r line; do
		[[ $line != 1..* ]] || continue
		[[ ! $line =~ ^((not )?ok)\ [0-9]+\ (.*) ]] || line="${BASH_REMATCH[1]} ${BASH_REMATCH[3]}"
		block+=$line$'\n'
		[[ $line =~ ^\#\ .*\ took\ [0-9]+\ s$ ]] || continue
		locked show "$block"
		block=''
	done
	[ -z "$block" ] || locked show "$block"
}

# show BLOCK: print all of it to a pipe; on a terminal only failures and a summary line.
show() {
	if [ -z "$CLEAR" ]; then
		printf '%s' "$1"
		return
	fi
	awk -v red="$RED" -v green="$GREEN" -v plain="$PLAIN" '
		/^not ok / { print red $0 plain; failed++; said = 1; next }
		/^ok / { passed++; said = 0; next }
		/^# .* took [0-9]+ s$/ { name = $2; seconds = $4; next }
		said { print }
		END {
			if (name)
				printf "%s%-34s%s %4d passed%s %5d s\n", failed ? red : green, name, plain,
					passed, failed ? red ", " failed " failed" plain : "", seconds
		}' <<<"$1"
}

# estimate SUITE: print seconds, from the last run or from the table
estimate() {
	cat "$CACHE/took/$1" 2>/dev/null ||
		awk -v name="$1" '$1 == name { print $3 }' "$TOP/tests/suites"
}

# progress_line: "3 of 12 suites, 812 passed, 0 failed, about 9 minutes left: uml-fast"
progress_line() {
	local suite state begin rest all=0 longest=0 finished=0 running=()
	for suite in "${REPORT_SUITES[@]}"; do
		state='' begin=0
		[ ! -e "$REPORT_STATE/$suite" ] || read -r state begin <"$REPORT_STATE/$suite" || true
		[ "$state" != "done" ] || { finished=$((finished + 1)) && continue; }
		rest=$(estimate "$suite")
		if [ "$state" = running ]; then
			running+=("$suite")
			rest=$((rest - SECONDS + begin))
			[ "$rest" -ge 5 ] || rest=5
		fi
		all=$((all + rest))
		[ "$rest" -le "$longest" ] || longest=$rest
	done
	all=$((all / REPORT_JOBS))
	[ "$all" -ge "$longest" ] || all=$longest
	printf '[%d of %d suites, %d passed, %d failed, about %d min left: %s]' "$finished" \
		"${#REPORT_SUITES[@]}" "$(count '^ok ')" "$(count '^not ok ')" $(((all + 59) / 60)) "${running[*]}"
}

draw_progress() {
	while sleep 1 && [ -d "$REPORT_STATE" ]; do
		locked printf '%.*s' "$(($(tput cols 2>/dev/null || echo 80) - 1))" "$(progress_line)"
	done
}

# sheets: print the existing files of results
sheets() {
	local suite
	for suite in "${REPORT_SUITES[@]}"; do
		[ ! -s "$(sheet_of "$suite")" ] || sheet_of "$suite"
	done
}

# count PATTERN: count matching lines of all files of results
count() {
	local files
	mapfile -t files < <(sheets)
	[ "${#files[@]}" != 0 ] || { echo 0 && return; }
	cat "${files[@]}" | grep -cE "$1" || true
}

# judged: let prove read all files of results again, to find errors that are not results: a
# wrong number of tests, a suite that died.
judged() {
	local files
	mapfile -t files < <(sheets)
	[ "${#files[@]}" != 0 ] && prove --exec cat "${files[@]}" >"$CACHE/results/prove" 2>&1
}

# report_xml FILE: as judged, by prove's JUnit formatter, with a suite for each test file
report_xml() {
	local files parts=$CACHE/results/xml
	mapfile -t files < <(sheets)
	rm -rf "$parts"
	mkdir -p "$parts"
	awk -v parts="$parts" '
		function finish() {
			if (n)
				print "1.." n >part
			close(part)
			n = 0
		}
		/^(not )?ok / {
			split($0, words, ": ")
			name = words[1]
			sub(/^.* - /, "", name)
			sub("/", ".", name)
			if (parts "/" name != part)
				finish()
			part = parts "/" name
			sub(/ok [0-9]+ - [^:]*: /, "ok " ++n " - ")
			print >part
			next
		}
		/^# / && part { print >part }
		END { finish() }' "${files[@]}"
	(cd "$parts" && prove --exec cat --formatter TAP::Formatter::JUnit ./*) >"$1" || true
	say "results as JUnit XML: $1"
}

# list TITLE: print standard input under the title, if there is any
list() {
	local lines
	lines=$(cat)
	[ -z "$lines" ] || printf '\n%s\n%s\n' "$1" "$lines"
}

# report_summary SECONDS: return 0 if no test failed and at least one passed
report_summary() {
	local files suite failed skipped passed status=0
	mapfile -t files < <(sheets)
	for suite in "${REPORT_SUITES[@]}"; do
		[ -s "$(sheet_of "$suite")" ] || {
			say "$suite printed no result"
			status=1
		}
	done
	judged || status=1
	failed=$(count '^not ok ')
	skipped=$(count '^ok .*# SKIP')
	passed=$(($(count '^ok ') - skipped))
	if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
		failed=1
		list "Broken results:" <"$CACHE/results/prove"
	fi
	echo "1..$(count '^(not )?ok ')"
	if [ "${#files[@]}" != 0 ]; then
		sed -nE 's/^# (.*) took ([0-9]+) s$/\2 s  \1/p' "${files[@]}" | sort -rn | head -n 20 |
			sed 's/^/# /' | list "# The slowest files:"
		for suite in "${REPORT_SUITES[@]}"; do
			echo "# $(cat "$CACHE/results/$suite/seconds" 2>/dev/null) s  $suite"
		done | sort -k2,2rn | list "# The suites, several at a time:"
		awk '
			/^not ok / { sub(/^not ok [0-9]* - /, ""); print "#   " $0; said = 8; next }
			/^# .* took [0-9]+ s$/ { said = 0 }
			/^# / && said { print "#     " substr($0, 3); said--; next }
			{ said = 0 }' "${files[@]}" | list "# Failed:"
		sed -nE 's/^ok [0-9]+ - (.*# SKIP.*)/#   \1/p' "${files[@]}" | list "# Skipped:"
	fi
	echo
	echo "# $1 s; logs: $CACHE/results"
	echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
