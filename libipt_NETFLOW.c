// SPDX-License-Identifier: GPL-2.0-only
/*
 * The NETFLOW target as iptables and ip6tables see it.
 *
 * libipt_NETFLOW.so and libip6t_NETFLOW.so are built from this source. The family is
 * unspecified, and each program loads the file with its own prefix.
 */
#include <stdio.h>
#include <xtables.h>

#include "ipt_NETFLOW.h"

static void netflow_help(void)
{
	printf("NETFLOW target\n"
	       "  Accounts the packet to its flow and goes on with the next rule.\n"
	       "  Takes no options: see ipt_NETFLOW(8) for the module's settings.\n");
}

/*
 * "iptables -L" shows the options of a target in its last column. This target has none,
 * but scripts search for the name there.
 */
static void netflow_print(const void *ip, const struct xt_entry_target *target,
			  int numeric)
{
	printf(" " NETFLOW_TARGET_NAME);
}

static struct xtables_target netflow_target = {
	.version	= XTABLES_VERSION,
	.name		= NETFLOW_TARGET_NAME,
	.revision	= NETFLOW_TARGET_REVISION,
	.family		= NFPROTO_UNSPEC,
	.size		= XT_ALIGN(NETFLOW_TARGET_SIZE),
	.userspacesize	= XT_ALIGN(NETFLOW_TARGET_SIZE),
	.help		= netflow_help,
	.print		= netflow_print,
};

static void __attribute__((constructor)) netflow_register(void)
{
	xtables_register_target(&netflow_target);
}
