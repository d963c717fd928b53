#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# systemd boots a router whose module cannot be loaded: the firewall is up, and netflow-rules is
# the only unit that fails. With the module it comes up, and again with the firewall.
#
# systemd runs in a process namespace of this guest, with the units that matter here: the
# package's, the distribution's nftables.service, and targets without anything else.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

SYSTEMD=/usr/lib/systemd/systemd
[ -x $SYSTEMD ] || SYSTEMD=/lib/systemd/systemd
for path in $SYSTEMD /usr/sbin/nft /usr/bin/systemctl; do
	[ -x "$path" ] || skip_all "this guest has no $path"
done
# unit_file NAME: print where the installed unit is
unit_file() {
	find /lib/systemd/system /usr/lib/systemd/system -name "$1" 2>/dev/null | head -n 1
}
UNITS=$TMP/units
mkdir -p "$UNITS"/{sysinit,multi-user}.target.wants "$UNITS/nftables.service.wants"
for unit in nftables.service netflow-rules.service; do
	[ -n "$(unit_file $unit)" ] || skip_all "this guest has no $unit"
	cp "$(unit_file $unit)" "$UNITS/"
done
for target in sysinit basic multi-user network-pre shutdown; do
	printf '[Unit]\nDefaultDependencies=no\n' >"$UNITS/$target.target"
done
printf 'Requires=sysinit.target\nAfter=sysinit.target\n' >>"$UNITS/basic.target"
printf 'Requires=basic.target\nAfter=basic.target\n' >>"$UNITS/multi-user.target"
# as the units' sections Install say
ln -s ../nftables.service "$UNITS/sysinit.target.wants/"
ln -s ../netflow-rules.service "$UNITS/multi-user.target.wants/"
ln -s ../netflow-rules.service "$UNITS/nftables.service.wants/"

cp /etc/nftables.conf "$TMP/nftables.conf" 2>/dev/null || : >"$TMP/nftables.conf"
at_exit "cp $TMP/nftables.conf /etc/nftables.conf; nft flush ruleset"
cat >/etc/nftables.conf <<'END'
flush ruleset
table inet firewall {
	chain input { type filter hook input priority 0; policy drop; iifname "lo" accept; }
	chain forward { type filter hook forward priority 0; policy drop; }
}
END
stands() {
	is "$1: the firewall stands" "$(nft list table inet firewall | grep -c 'policy drop')" 2
}
ours() {
	(iptables-save; ip6tables-save) | grep -c -- '-j NETFLOW'
}
state() {
	systemctl is-active "$1"
}
booted() {
	[ "$(state multi-user.target)" = active ]
}
again() {
	[ "$(state netflow-rules)" = active ] && [ "$(ours)" = "$1" ]
}

modules=/lib/modules/$(uname -r)
mount -t tmpfs none "$modules" || bail "no file system over the modules"
at_exit module_unload
at_exit "rm -rf /run/systemd"
spawn '' env -i PATH="$PATH" container=netflow SYSTEMD_UNIT_PATH="$UNITS" \
	unshare --pid --fork --kill-child --mount --mount-proc \
	$SYSTEMD --system --unit=multi-user.target --show-status=no --log-target=console
ok "it boots" wait_for booted
is "nftables.service" "$(state nftables)" active
is "netflow-rules.service" "$(state netflow-rules)" failed
is "what has failed" "$(systemctl list-units --failed --plain --no-legend | awk '{ print $1 }')" \
	netflow-rules.service
stands "no module"
is "there are no rules of ours" "$(ours)" 0

umount "$modules"
ok "with the module it starts" systemctl start netflow-rules
count=$(ours)
compare "there are rules of ours" "$count" '>' 0
stands "with the module"
ok "nftables is restarted, which removes all rules" systemctl restart nftables
ok "ours come back" wait_for again "$count"
stands "restarted"
is "nothing has failed" "$(systemctl list-units --failed --plain --no-legend)" ""
ok "netflow-rules is stopped" systemctl stop netflow-rules
is "there are no rules of ours" "$(ours)" 0
done_testing
