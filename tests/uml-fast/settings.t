#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every setting: its default and its valid values; an invalid value is rejected and changes
# nothing; no packet is lost by a change.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/passes.sh
. "$NETFLOW_TOP/tests/passes.sh"

DIR=/proc/sys/net/netflow
PARAMETERS=/sys/module/ipt_NETFLOW/parameters

# name | default | accepted values | rejected values | WRITTEN=SHOWN, as ipt-netflow accepted them;
# "" is the empty text. HZ is 100 in these kernels, so scan-min goes up to 10.
WRONG="x 1x 0x 08 1.5 1,2 99999999999999999999 -2147483649 4294967296"
TABLE="
active_timeout   | 1800    | 1 604800       | 2147483648 $WRONG     | 0=1 -1=604800 604801=604800 2147483647=604800 0x10=16 010=8
inactive_timeout | 15      | 1 604800       | 2147483648 -1 $WRONG  | 0=1 604801=604800 2147483647=604800
refresh-rate     | 200     | 1 1000000      | -1 $WRONG             | 0=1 1000001=1000000 4294967295=1000000
timeout-rate     | 1       | 1 1440         | -1 $WRONG             | 0=1 1441=1440 4294967295=1440
hashsize         | 0       | 1 65536 0      | 2147483648 $WRONG     | -1=0
maxflows         | $(maxflows_initial) | 1 2147483647 0 | 2147483648 $WRONG     | -1=0
sndbuf           | 0       | 1 4000000 0    | -1 2147483648 $WRONG  | 1073741824=1073741823 2147483647=1073741823
logsize          | 0       | 65536 1073741824 0 | 1 65535 1073741825 -1 $WRONG |
engine_id        | 0       | 1 4294967295   | 1:256 256:1 1: :1 1:2:3 $WRONG | 1:2=258 0:7=7 255:255=65535 -1=4294967295
mtu              | 0       | 512 65535 0    | 1 511 65536 -1 $WRONG |
scan-min         | 1       | 1 10           | -1 $WRONG             | 0=1 11=10 4294967295=10
exportcpu        | -1      | 0 1 -1         | 2147483648 $WRONG     | 2=-1 77=-1 -2=-1
debug            | 0       | 1 3 0          | 2147483648 $WRONG     | 4=3 -1=0
protocol         | 10      | 5 9 10         | 0 4 6 7 8 11 65546 -1 $WRONG | 0x9=9
natevents        | 0       | 1 2 0          | 2147483648 $WRONG     | 3=1 0=0 -1=1
natfields        | 0       | 1 0            | 2 -1 $WRONG           |
promisc          | 0       | 1 0            | 2147483648 $WRONG     | 2=1 0=0 -1=1
hooks_mark       | 0x0     | 0x1 0xffffffff 0x0 | x 1x -1 4294967296 0x100000000 |
hooks_mark_mask  | 0x0     | 0xff00 0x0         | x 1x -1 4294967296 0x100000000 |
sampler          |         | deterministic:2 random:16383 hash:10 packets:5 packets-random:77 | x d d:0 r:16384 1:2 p:0x10 q:5 h:5x | rnd:100=random:100 d:1= h:7=hash:7 Never=
aggregation      |         | 10.0.0.0/8=16,80-89=80;2001:db8::/32=48 0-65535=0 | x 1.2.3.4/33=1 1.2.3.4/8 9-8=1 1=65536 ::/0=129 1=1,x |
snmp-rules       |         | ppp:200,eth:100 a:4294967295 a:1+b:2 | x x: :1 x:4294967296 x:1x a:1,b |
flush            | 0       | 0              | x 1x |
"

value_of() {
	read -r VALUE <"$1"
}

# put FILE VALUE: write the value; sets ERROR to the error.
put() {
	ERROR=''
	echo "$2" 2>"$TMP/error" >"$1" && return
	read -r ERROR <"$TMP/error"
	return 1
}

# accepts NAME VALUE...
accepts() {
	local name=$1 value bad=''
	shift
	for value; do
		put "$DIR/$name" "$value" && value_of "$DIR/$name" || bad+=" $value($ERROR)"
		[ "$VALUE" = "$value" ] || bad+=" $value(shows $VALUE)"
	done
	is "$name accepts $*" "$bad" ''
}

# converts NAME WRITTEN=SHOWN...
converts() {
	local name=$1 value bad=''
	shift
	for value; do
		put "$DIR/$name" "${value%%=*}" || bad+=" $value($ERROR)"
		value_of "$DIR/$name"
		[ "$VALUE" = "${value#*=}" ] || bad+=" $value(shows $VALUE)"
	done
	is "$name accepts values of ipt-netflow: $*" "$bad" ''
}

# refuses FILE VALUE...: writing fails with EINVAL and does not change the value.
refuses() {
	local file=$1 value bad='' before
	shift
	value_of "$file"
	before=$VALUE
	for value; do
		put "$file" "$value" && bad+=" $value"
		[[ $ERROR == *'Invalid argument' ]] || bad+=" $value(${ERROR:-taken})"
		value_of "$file"
		[ "$VALUE" = "$before" ] || bad+=" $value(is $VALUE)"
	done
	set -- "$*"
	is "${file##*/} rejects ${1:0:120}" "$bad" ''
}

# --- options of modprobe ---

log_start
for option in destination=1.2.3.4:x active_timeout=2147483648 maxflows=12x targets=x hooks=egress; do
	not "an invalid option, $option: the module is not loaded" insmod "$NETFLOW_MODULE" "$option"
	logged_once "$option: one line has the option, the value, and what is accepted" \
		"^ipt_NETFLOW: ${option%=*}: '${option#*=}' is not accepted: .*(from|ADDRESS|ingress)"
done
not "two valid options and an invalid one" insmod "$NETFLOW_MODULE" debug=1 hashsize=77 inactive_timeout=-5

# Values that ipt-netflow accepted: the module loads, and logs a line for each. These are more
# lines than sysctls may log at once.
old=(active_timeout=0/1 inactive_timeout=2147483647/604800 refresh_rate=0/1 timeout_rate=100000/1440
	hashsize=-1/0 maxflows=-1/0 sndbuf=2147483647/1073741823 engine_id=3:4/772 scan_min=100/10
	exportcpu=63/-1 debug=9/3 promisc=2/1 targets=7/1 natevents=0x3/1)
ok "options of an old configuration: the module is loaded" module_load "${old[@]%/*}" sampler=rnd:100
for option in "${old[@]}"; do
	name=${option%%=*} value=${option#*=}
	logged_once "$name=${value%/*}: the log has one line with the value in use" \
		"^ipt_NETFLOW: $name: '${value%/*}' is taken as ${value#*/}$"
	value_of "$PARAMETERS/$name"
	is "... and it is" "$VALUE" "${value#*/}"
done
logged_once "maxflows=0: the log has one line that there is no limit" "^ipt_NETFLOW: maxflows=0: no limit"
logged_once "sampler: the log has one line with the sampling" "^ipt_NETFLOW: flow sampling is enabled, mode random one-out-of 100"
ok "it is unloaded" module_unload

# --- each setting ---

module_load || bail "the module does not load"
# These lines are limited to 10 in 5 seconds, so this test comes first.
for line in active_timeout=x7 mtu=500 engine_id=1:x destination=nowhere fields=macs hooks=everywhere; do
	put "$DIR/${line%=*}" "${line#*=}"
	logged_once "the log has one line with the error of ${line%=*}" \
		"^ipt_NETFLOW: ${line%=*}: '${line#*=}' is not accepted: "
done

while IFS='|' read -r name initial good bad old; do
	read -r name <<<"$name"
	[ -n "$name" ] || continue
	read -r initial <<<"$initial"
	value_of "$DIR/$name"
	is "$name is $initial by default" "$VALUE" "$initial"
	# shellcheck disable=SC2086 # words
	accepts "$name" $good
	empty=('' ' ')
	case $name in
	sampler | aggregation | snmp-rules) empty=() ;;
	esac
	# shellcheck disable=SC2086 # words
	refuses "$DIR/$name" $bad "${empty[@]}"
	# shellcheck disable=SC2086 # words
	[ -z "${old// /}" ] || converts "$name" $old
	[ ${#empty[@]} != 0 ] || put "$DIR/$name" ''
done <<<"$TABLE"
value_of "$DIR/destination"
is "destination is 127.0.0.1:2055 by default" "$VALUE" 127.0.0.1:2055
accepts destination 127.0.0.1:1 '[::1]:2' '1.2.3.4@5.6.7.8%lo/v9,[fe80::1]@[fe80::2]%eth9,127.0.0.1/5'
printf -v long '127.0.0.1:%d,' {10000..10600}
refuses "$DIR/destination" x 1.2.3 1.2.3.4: 1.2.3.4:0 1.2.3.4:65536 1.2.3.4:12x 1.2.3.4@ 1.2.3.4% 1.2.3.4/7 '[::1' \
	'[::1]x' 1.2.3.4@::1 127.0.0.1,x '1.2.3.4%seventeen-letters' "$long"
value_of "$DIR/hooks"
is "hooks is empty by default" "$VALUE" ''
accepts hooks prerouting input,postrouting ingress prerouting,input,forward,output,postrouting,ingress
refuses "$DIR/hooks" 64 -1 0x40 1x x egress ingress:lo input, ,input input,,output inputs pre 'input output'
for line in 0= 31=prerouting,input,forward,output,postrouting 0x31=prerouting,postrouting,ingress 32=ingress Forward,OUTPUT=forward,output =; do
	put "$DIR/hooks" "${line%=*}"
	value_of "$DIR/hooks"
	is "hooks accepts '${line%=*}'" "$VALUE" "${line#*=}"
done
value_of "$DIR/destination"
before=$VALUE
perl -e 'open(my $file, ">", $ARGV[0]); syswrite($file, "")' "$DIR/destination"
value_of "$DIR/destination"
is "an empty write changes nothing" "$VALUE" "$before"
put "$DIR/destination" ''
value_of "$DIR/destination"
is "destination may be empty" "$VALUE" ''
value_of "$DIR/fields"
is "fields is empty by default" "$VALUE" ''
accepts fields mac mac,vlan,ethertype,mpls,physdev,options,exthdrs,tcpoptions,vrf ''
put "$DIR/fields" " vlan , mac vlan"
value_of "$DIR/fields"
is "fields are shown in a fixed order, once each" "$VALUE" mac,vlan
refuses "$DIR/fields" x mac,x ma 1 0 mac.vlan MAC
put "$DIR/fields" ''
put "$DIR/destination" "  127.0.0.1:2055	"
value_of "$DIR/destination"
is "white space around a value is ignored" "$VALUE" 127.0.0.1:2055

# --- parameters of the loaded module are the same settings ---

ok "a parameter can be written" put "$PARAMETERS/inactive_timeout" 33
value_of "$DIR/inactive_timeout"
is "... and is the same as the sysctl" "$VALUE" 33
refuses "$PARAMETERS/inactive_timeout" -1 x 1x ''
value_of "$PARAMETERS/destination"
is "... also destination" "$VALUE" 127.0.0.1:2055
ok "the module is unloaded" module_unload

# --- nothing is lost by any change ---

recorder_start all "2055 2056"
router destination=127.0.0.1:2055 active_timeout=100 inactive_timeout=100 debug=1
"$NETFLOW_TOOLS/traffic" --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+50 --flows 50 \
	--count 1000000 --rate 300 --size 40 >"$TMP/sent" &
sender=$!
at_exit "stop $sender"
until_true 300 metered 100
refused=''
for change in active_timeout=1 inactive_timeout=1 refresh-rate=1 timeout-rate=2 hashsize=5000 maxflows=20 \
	sndbuf=20000 engine_id=7 mtu=600 destination=127.0.0.1:2056 scan-min=2 exportcpu=1 fields=mac,tcpoptions debug=0 aggregation=10.0.0.0/8=24 snmp-rules=t:7 \
	aggregation= snmp-rules= flush=1 refresh-rate=20 \
	exportcpu=-1 maxflows=0 destination=127.0.0.1:2056,127.0.0.1:2056 protocol=9 mtu=0 engine_id=8 protocol=5 hashsize=0 fields= \
	active_timeout=100 protocol=10 inactive_timeout=100 sndbuf=0 destination=127.0.0.1:2055 flush=1; do
	put "$DIR/${change%%=*}" "${change#*=}" || refused+=" $change"
	passes 10
done
ok "settings were changed during traffic" kill -0 "$sender"
stop "$sender"
read -r _ sent_packets _ sent_octets _ <"$TMP/sent"
flush
until_true 300 at_rest
recorder_stop all
is "all changes were accepted" "$refused" ''
recorded_sums
is "no packet is lost by a change of settings" "${RECORDED#* }" "$sent_packets $sent_octets"
messages_right "all messages are right"
# sequence numbers restart at 0 when the protocol is changed
recorded gap 'sequence port'
is "no sequence number is missing" "$(grep -v '^0 ' <<<"$RECORDED")" ''
law_holds "after it"
counts_are "nothing counts as lost" "lostPackets dropPackets" "0 0"
for port in 2055 2056; do
	ok "port $port received flows" has flow port=$port
done
for domain in 0 7 8; do
	ok "observation domain $domain has messages" has message domain=$domain
done

done_testing
