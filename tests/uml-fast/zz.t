#!/bin/bash
. "$NETFLOW_TOP/tests/lib.sh"
set -x
module_load destination=127.0.0.1:2055 inactive_timeout=2 active_timeout=4 || exit 1
tun t0; sink '' d0
capture_start wire '' lo udp port 2055
collector_start one 2055
iptables-legacy -t raw -A PREROUTING -i t0 -j NETFLOW
ip6tables-legacy -t raw -A PREROUTING -i t0 -j NETFLOW
traffic --tun t0 --src 10.9.0.2+10 --dst 10.8.0.2+5 --sport 1000+20 --count 20000 --flows 1000 --size 0
traffic --tun t0 --src fd00:9::2+10 --dst fd00:8::2 --count 300 --flows 10 --size 33
head -5 /proc/net/stat/ipt_netflow_flows
cat /proc/net/stat/ipt_netflow
time flush
cat /proc/net/stat/ipt_netflow_snmp
cat /proc/net/stat/ipt_netflow
sysctl net.netflow
total one; 
collector_stop one
capture_stop wire
total one
records one "%ts %te %td %sa %da %sp %dp %pkt %byt %in %out %flg" | head -5
capture_messages wire | head -150
done_testing
