// SPDX-License-Identifier: GPL-2.0-only
/*
 * What follows from the machine's memory, with exact numbers.
 */
#include "../../src/meter/memory.c"
#include "../../src/meter/table.c"

#include "tap.h"

static const struct {
	const char *machine;
	unsigned long pages;
	u32 maxflows;
} machines[] = {
	{ "64 MiB", 16384, 23140 },
	{ "96 MiB", 24576, 34711 },
	{ "256 MiB", 65536, 92563 },
	{ "1 GiB", 262144, 370255 },
	{ "64 GiB", 16777216, 2000000 },
	{ "1 TiB", 268435456, 2000000 },
};

/* maxflows at first: all of them IPv6, they take no more than a twentieth of RAM. */
static void test_maxflows(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(machines); i++) {
		shim_totalram_pages = machines[i].pages;
		check(nfl_memory_maxflows() == machines[i].maxflows, "%u flows for %s",
		      nfl_memory_maxflows(), machines[i].machine);
	}
	test("maxflows follows the machine");
}

int main(void)
{
	tap_begin();
	test_maxflows();
	return tap_end();
}
