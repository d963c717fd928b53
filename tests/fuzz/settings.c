// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the texts of sampler, aggregation and snmp-rules; the first octet selects one.
 * An accepted text must have the specified effect: a selector must read back as the same
 * text; an aggregation rule must leave no more bits than it states; the first of the
 * snmp-rules must apply to its own prefix, and numbers must fit into 32 bits.
 */
#include <linux/slab.h>

#include "../../src/flow/selector.c"
#undef SEPARATORS
#include "../../src/meter/aggregation_rules.c"
#undef SEPARATORS
#define parse_one parse_ifrule
#include "../../src/export/interface_rules.c"

static void must(bool holds, const char *what, const char *text)
{
	if (holds)
		return;
	fprintf(stderr, "\"%s\": %s\n", text, what);
	abort();
}

static void sampler(const char *text)
{
	u32 selector, again;
	char shown[64];

	if (nfl_selector_parse(text, &selector))
		return;
	nfl_selector_print(selector, shown, sizeof(shown));
	must(!nfl_selector_parse(shown, &again) && again == selector, shown, text);
}

static void aggregation(const char *text)
{
	__be32 address[NFL_REWRITE_WORDS] = { htonl(0x0a0900ff), htonl(~0), htonl(~0), htonl(~0) };
	struct nfl_rewrites *rewrites = NULL;
	__be16 port = htons(80);
	int rule;

	if (nfl_rewrites_parse(text, &rewrites) || !rewrites)
		return;
	rule = nfl_rewrite_address(rewrites, NFL_REWRITE_IPV6, address);
	must(rule < 0 || nfl_rewrites_left(rewrites, NFL_REWRITE_IPV6, address) <=
	     rewrites->rule[rule].left, "more is said to be left than is", text);
	rule = nfl_rewrite_address(rewrites, NFL_REWRITE_IPV4, address);
	must(rule < 0 || nfl_rewrites_left(rewrites, NFL_REWRITE_IPV4, address) <=
	     rewrites->rule[rule].left, "more is said to be left than is", text);
	rule = nfl_rewrite_port(rewrites, &port);
	must(rule < 0 || ntohs(port) == rewrites->rule[rule].port, "another port", text);
	kfree(rewrites);
}

static void snmp_rules(const char *text)
{
	struct nfl_ifrules *rules = NULL;
	unsigned int i;
	u32 number;

	if (nfl_ifrules_parse(text, &rules) || !rules)
		return;
	for (i = 0; i < rules->count; i++)
		must(nfl_ifrules_number(rules, rules->rule[i].prefix, &number) || i,
		     "the first rule is not for its own prefix", text);
	kfree(rules);
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	char *text;

	if (!size)
		return 0;
	text = malloc(size);
	memcpy(text, input + 1, size - 1);
	text[size - 1] = '\0';
	if (input[0] % 3 == 0)
		sampler(text);
	else if (input[0] % 3 == 1)
		aggregation(text);
	else
		snmp_rules(text);
	must(!shim_alloc_out, "memory is lost", text);
	free(text);
	return 0;
}
