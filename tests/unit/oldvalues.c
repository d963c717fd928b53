// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers as ipt-netflow took them, and what they mean here.
 */
#include "shim/module.h"

#include "../../src/control/old_values.c"

#include "tap.h"

#define NONE	"none"	/* no number at all */

static const struct {
	const char *name;
	const char *text;
	const char *means;
} table[] = {
	/* in range: as it is */
	{ "active_timeout", "1", "1" }, { "active_timeout", "604800", "604800" },
	{ "active_timeout", "0x10", "16" }, { "active_timeout", "010", "8" },
	{ "active_timeout", "+5", "5" },
	{ "active_timeout", "0", "1" }, { "active_timeout", "-1", "604800" },
	{ "active_timeout", "-2147483648", "604800" }, { "active_timeout", "604801", "604800" },
	{ "active_timeout", "2147483647", "604800" },
	{ "active_timeout", "2147483648", "2147483648" },
	{ "active_timeout", "-2147483649", "-2147483649" },
	{ "inactive_timeout", "0", "1" }, { "inactive_timeout", "-1", "-1" },
	{ "inactive_timeout", "604801", "604800" }, { "inactive_timeout", "2147483647", "604800" },
	{ "inactive_timeout", "2147483648", "2147483648" },
	{ "refresh_rate", "0", "1" }, { "refresh_rate", "1000000", "1000000" },
	{ "refresh_rate", "1000001", "1000000" }, { "refresh_rate", "4294967295", "1000000" },
	{ "refresh_rate", "4294967296", "4294967296" }, { "refresh_rate", "-1", "-1" },
	{ "timeout_rate", "0", "1" }, { "timeout_rate", "1441", "1440" },
	{ "timeout_rate", "4294967295", "1440" },
	{ "hashsize", "0", "0" }, { "hashsize", "-1", "0" }, { "hashsize", "255", "255" },
	{ "hashsize", "134217728", "134217728" }, { "hashsize", "134217729", "134217728" },
	{ "hashsize", "2147483647", "134217728" },
	{ "maxflows", "0", "0" }, { "maxflows", "-1", "0" }, { "maxflows", "-2147483648", "0" },
	{ "maxflows", "2147483647", "2147483647" },
	{ "sndbuf", "1073741824", "1073741823" }, { "sndbuf", "2147483647", "1073741823" },
	{ "sndbuf", "-1", "-1" },
	{ "natevents", "2", "2" }, { "natevents", "3", "1" },
	{ "natevents", "-1", "1" }, { "natevents", "0", "0" },
	{ "natfields", "2", "2" },
	{ "promisc", "2147483647", "1" }, { "promisc", "-5", "1" },
	{ "targets", "2", "1" }, { "targets", "-2147483648", "1" },
	/* HZ is 1000 here */
	{ "scan_min", "0", "1" }, { "scan_min", "100", "100" }, { "scan_min", "101", "100" },
	{ "scan_min", "4294967295", "100" },
	{ "debug", "-1", "0" }, { "debug", "4", "3" }, { "debug", "2147483647", "3" },
	/* of four processors the last is offline */
	{ "exportcpu", "-1", "-1" }, { "exportcpu", "-7", "-1" }, { "exportcpu", "2", "2" },
	{ "exportcpu", "3", "-1" }, { "exportcpu", "4", "-1" },
	{ "exportcpu", "2147483647", "-1" },
	{ "exportcpu", "2147483648", "2147483648" },
	{ "engine_id", "7", "7" }, { "engine_id", "-1", "4294967295" },
	{ "engine_id", "-2147483648", "2147483648" }, { "engine_id", "4294967295", "4294967295" },
	{ "engine_id", "4294967296", "4294967296" }, { "engine_id", "-2147483649", "-2147483649" },
	{ "engine_id", "1:2", "258" }, { "engine_id", "0:7", "7" },
	{ "engine_id", "255:255", "65535" }, { "engine_id", "010:010", "2570" },
	{ "engine_id", "256:1", NONE }, { "engine_id", "1:256", NONE }, { "engine_id", "1:", NONE },
	{ "engine_id", ":1", NONE }, { "engine_id", ":", NONE }, { "engine_id", "1:2:3", NONE },
	{ "engine_id", "-1:2", NONE }, { "engine_id", "1:-2", NONE }, { "engine_id", "1: 2", NONE },
	{ "engine_id", "0001:2", NONE }, { "engine_id", "x:1", NONE },
	{ "maxflows", "1:2", NONE }, { "protocol", "7", "7" }, { "protocol", "0x5", "5" },
	{ "debug", "", NONE }, { "debug", "x", NONE }, { "debug", "1x", NONE },
	{ "debug", "1.5", NONE }, { "debug", "1 2", NONE }, { "debug", "08", NONE },
	{ "debug", "99999999999999999999", NONE },
};

int main(void)
{
	unsigned int i;
	char shown[24];
	s64 number;

	tap_begin();
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		strcpy(shown, NONE);
		if (nfl_old_number(table[i].name, table[i].text, &number))
			snprintf(shown, sizeof(shown), "%lld", (long long)number);
		check(!strcmp(shown, table[i].means), "%s=%s is %s, not %s", table[i].name,
		      table[i].text, shown, table[i].means);
	}
	test("values of ipt-netflow");
	return tap_end();
}
