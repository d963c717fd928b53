#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A router's boot: what the service netflow-rules calls, where the module is there and
# where it is not; options of an old configuration. The firewall has its rules at each step.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

UNIT=$(find /lib/systemd/system /usr/lib/systemd/system -name netflow-rules.service 2>/dev/null | head -n 1)
OPTIONS=/etc/modprobe.d/netflow-test.conf
CONFIG=/etc/default/netflow-rules
cp $CONFIG "$TMP/config"
at_exit "rm -f $OPTIONS; cp $TMP/config $CONFIG; firewall_unload"
at_exit module_unload

# unit start|reload|stop: as systemd does, by the unit's own line; what it says is in $SAID
unit() {
	local key line
	case $1 in
	start) key=ExecStart ;;
	reload) key=ExecReload ;;
	stop) key=ExecStop ;;
	esac
	line=$(sed -n "s/^$key=//p" "$UNIT")
	[ -n "$line" ] || bail "the unit has no $key"
	# shellcheck disable=SC2086 # words
	SAID=$($line 2>&1)
}

# firewall: into FIREWALL, its rules without ours; OURS is the number of these
firewall() {
	OURS=$( (iptables-save; ip6tables-save) | grep -c -- '-j NETFLOW')
	FIREWALL=$(iptables-save -t filter | grep '^-A\|^:'; ip6tables-save -t filter | grep '^-A\|^:')
	FIREWALL=$(grep -v -- '-j NETFLOW' <<<"$FIREWALL" | sed 's/ \[.*//')
}

# stands NAME NUMBER: the firewall is as it was loaded, and there are NUMBER rules of ours
stands() {
	firewall
	is "$1: the firewall has its rules" "$FIREWALL" "$LOADED"
	is "$1: ... and $2 rules of ours" "$OURS" "$2"
}

firewall_load() {
	iptables-restore <<-END && ip6tables-restore <"$TMP/six"
		*filter
		:INPUT DROP
		:FORWARD DROP
		-A INPUT -i lo -j ACCEPT
		-A FORWARD -s 10.1.0.0/16 -j ACCEPT
		COMMIT
	END
}

# The next file's packets must pass.
firewall_unload() {
	local tool
	for tool in iptables ip6tables; do
		"$tool" -F
		"$tool" -P INPUT ACCEPT
		"$tool" -P FORWARD ACCEPT
	done
}
printf '*filter\n:INPUT DROP\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n' >"$TMP/six"

ok "the package has the unit" test -n "$UNIT"
if command -v systemd-analyze >/dev/null; then
	systemd-analyze verify --man=no "$UNIT" >"$TMP/verify" 2>&1
	is "systemd finds no fault in it" "$? $(grep netflow-rules "$TMP/verify")" "0 "
else
	skip "systemd finds no fault in it" "this guest has no systemd"
fi
ok "the firewall is loaded" firewall_load
firewall
LOADED=$FIREWALL

# --- the module is not there: no headers of this kernel ---

modules=/lib/modules/$(uname -r)
mount -t tmpfs none "$modules" || bail "no file system over the modules"
not "no module: start fails" unit start
umount "$modules"
like "no module: it says which one, and what to do" "$SAID" "ipt_NETFLOW cannot be loaded.*not found.*$(uname -r | sed 's/[+.]/[&]/g').*dkms autoinstall"
stands "no module" 0

echo "options ipt_NETFLOW protocol=7" >$OPTIONS
not "a rejected option: start fails" unit start
like "a rejected option: it says which one" "$SAID" "ipt_NETFLOW cannot be loaded.*protocol: '7' is not accepted"
stands "a rejected option" 0

# --- an old configuration comes up metering ---

cat >$OPTIONS <<'END'
options ipt_NETFLOW destination=192.0.2.1:0x807;2001:db8::1.2055 protocol=10 engine-id=3:4
options ipt_NETFLOW active_timeout=2147483647 inactive_timeout=0 refresh-rate=0 timeout-rate=100000
options ipt_NETFLOW hashsize=-1 maxflows=-1 sndbuf=2147483647 scan-min=100000 exportcpu=63 debug=9
options ipt_NETFLOW promisc=2 natevents=2 sampler=rnd:1 snmp-rules=eth:100|ppp:200
options ipt_NETFLOW targets=7 nfevents_limit=10000
END
log_first=$(dmesg | wc -l)
ok "an old configuration: start" unit start
is "an old configuration: no message" "$SAID" ''
stands "an old configuration" 6
dmesg | tail -n +$((log_first + 1)) >"$TMP/log"
for value in active_timeout=604800 inactive_timeout=1 refresh_rate=1 timeout_rate=1440 hashsize=0 maxflows=0 \
	sndbuf=1073741823 scan_min='[0-9]+' exportcpu=-1 debug=3 promisc=1 natevents=1 targets=1 engine_id=772; do
	is "... $value has one line in the log" \
		"$(grep -cE "ipt_NETFLOW: ${value%%=*}: '[^']*' is taken as ${value#*=}\$" "$TMP/log")" 1
done
is "... destinations, in hexadecimal and with a dot" \
	"$(sed -n 's/^sock[0-9]*: \([^, ]*\).*/\1/p' /proc/net/stat/ipt_netflow | xargs)" \
	"192.0.2.1:2055 [2001:db8::1]:2055"
ok "... and packets are metered" ping -q -c 3 -i 0.2 127.0.0.1
# each of three echoes and answers passes OUTPUT and INPUT; no message leaves, as there is
# no route to a destination
metered() {
	[ "$(counter inPackets)" = 12 ]
}
ok "... all of them" wait_for metered

# --- the rules: once each, flushed, changed, gone ---

ok "start again" unit start
stands "start again" 6
is "the rule is the first of its chain" "$(iptables -S INPUT | sed -n '2p')" "-A INPUT -j NETFLOW"
firewall_load
stands "the firewall is loaded again" 0
not "status fails" netflow-rules status
ok "reload" unit reload
stands "reload" 6
ok "status succeeds" netflow-rules status
iptables -A FORWARD -o lo -j NETFLOW
cat >$CONFIG <<'END'
TOOLS=iptables
RULES="
raw PREROUTING ! -i lo
# no rule
filter FORWARD -o lo
filter OUTPUT"
END
ok "another configuration: reload" unit reload
is "... has its rules only" "$(iptables-save | grep -- '-j NETFLOW' | sort | xargs -d '\n'; ip6tables-save | grep -c -- '-j NETFLOW')" \
	$'-A FORWARD -o lo -j NETFLOW -A OUTPUT -j NETFLOW -A PREROUTING ! -i lo -j NETFLOW\n0'
printf 'TOOLS=iptables\nRULES="\nfilter INPUT\nfilter NOWHERE"\n' >$CONFIG
not "a rejected rule: reload fails" unit reload
like "... it says which one" "$SAID" "this rule was refused: iptables filter NOWHERE"
stands "... and keeps the existing ones" 3
ok "stop" unit stop
stands "stop, a rule of others stays" 1
iptables -D FORWARD -o lo -j NETFLOW
ok "stop again" unit stop
cp "$TMP/config" $CONFIG
wait_for module_unused
ok "the module is unloaded" rmmod ipt_NETFLOW

stands "at the end" 0

done_testing
