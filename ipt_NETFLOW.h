/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface between the kernel module and the iptables plugin.
 *
 * The target takes no options, so a rule carries no data: xtables matches the
 * two sides by name, revision and size only. A target with options would need a new
 * revision; this revision must not change.
 */
#ifndef IPT_NETFLOW_H
#define IPT_NETFLOW_H

#define NETFLOW_VERSION		"3.0.0"

#define NETFLOW_TARGET_NAME	"NETFLOW"
#define NETFLOW_TARGET_REVISION	0
#define NETFLOW_TARGET_SIZE	0

#endif /* IPT_NETFLOW_H */
