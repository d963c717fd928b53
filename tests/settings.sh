# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Values of settings, for tests of all of them.

# For each setting a value that differs from its default.
# shellcheck disable=SC2034 # used by the tests
declare -A OTHER=(
	[active_timeout]=60 [aggregation]=10.0.0.0/8=16 [debug]=1 [destination]=127.0.0.1:9
	[engine_id]=3 [exportcpu]=0 [fields]="mac,vlan" [flush]=1 [hashsize]=4096
	[hooks]="input,ingress" [hooks_mark]=1 [hooks_mark_mask]=1 [inactive_timeout]=20
	[logsize]=1048576 [maxflows]=1000 [mtu]=900 [natevents]=1 [natfields]=1 [promisc]=1 [protocol]=9
	[refresh-rate]=5 [sampler]=random:2 [scan-min]=2 [sndbuf]=100000 [snmp-rules]=eth:100
	[timeout-rate]=5
)
