// SPDX-License-Identifier: GPL-2.0-only
/*
 * The grammar of the setting "hooks": every set of hooks by names and by number, and
 * what is none.
 */
#include "shim/module.h"

#include "../../src/observe/hook_names.c"

#include "tap.h"

#define ALL	(1 << NFL_HOOKS)

static const char *const bad[] = {
	"64", "-1", "0x40", "4294967296", "1x", "1,2", " ", "x", "egress", "ingresss", "ingres",
	"ingress,", ",ingress", "ingress,,input", "ingress input", "ingress;input", "ingress:lo",
	"ingress,32", "pre",
};

static void test_sets(void)
{
	char shown[64], number[16];
	u32 hooks, found;

	for (hooks = 0; hooks < ALL; hooks++) {
		const int length = nfl_hook_names(hooks, shown, sizeof(shown));

		check(length == (int)strlen(shown), "the length of \"%s\" is %d", shown, length);
		check(!nfl_hook_parse(shown, &found) && found == hooks, "\"%s\" is 0x%x", shown,
		      found);
		snprintf(number, sizeof(number), hooks & 1 ? "%u" : "0x%x", hooks);
		check(!nfl_hook_parse(number, &found) && found == hooks, "%s is 0x%x", number,
		      found);
	}
	test("every set of hooks, by names and by number");
}

static void test_texts(void)
{
	u32 found = 77;
	unsigned int i;

	check(!nfl_hook_parse("Ingress,FORWARD,prerouting,forward", &found) && found == 0x25,
	      "names are 0x%x", found);
	check(nfl_hook_names(0x20, (char[64]) { }, 64) == 7, "ingress is not 32");
	test("names in any order and case, and repeated");
	found = 77;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		check(nfl_hook_parse(bad[i], &found) == -EINVAL && found == 77, "\"%s\" is taken",
		      bad[i]);
	test("invalid texts are rejected, and change nothing");
}

int main(void)
{
	tap_begin();
	test_sets();
	test_texts();
	return tap_end();
}
