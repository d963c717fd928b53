// SPDX-License-Identifier: GPL-2.0-only
/*
 * The statistics as files in /proc/net/stat of each namespace:
 *
 *   ipt_netflow        for people (statistics.c)
 *   ipt_netflow_snmp   for programs (snmp.c)
 *   ipt_netflow_flows  the flow table (flows.c), for root
 *   ipt_netflow_audit  the totals, with the flows counted (audit.c), for root
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/net_namespace.h>

#include "instance.h"
#include "proc/procfs.h"

/**
 * nfl_procfs_register() - create the files of a namespace
 * @nn: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int nfl_procfs_register(struct nfl_net *nn)
{
	struct proc_dir_entry *dir = nn->net->proc_net_stat;

	if (!proc_create_net_single("ipt_netflow", 0444, dir, nfl_statistics_show, NULL))
		return -ENOMEM;
	if (!proc_create_net_single("ipt_netflow_snmp", 0444, dir, nfl_snmp_show, NULL))
		goto err_statistics;
	if (!proc_create_net("ipt_netflow_flows", 0400, dir, &nfl_flows_operations,
			     nfl_flows_state_size()))
		goto err_snmp;
	if (!proc_create_net_single("ipt_netflow_audit", 0400, dir, nfl_audit_show, NULL))
		goto err_flows;
	return 0;

err_flows:
	remove_proc_entry("ipt_netflow_flows", dir);
err_snmp:
	remove_proc_entry("ipt_netflow_snmp", dir);
err_statistics:
	remove_proc_entry("ipt_netflow", dir);
	return -ENOMEM;
}

/**
 * nfl_procfs_unregister() - remove the files; waits for readers
 * @nn: the namespace
 */
void nfl_procfs_unregister(struct nfl_net *nn)
{
	struct proc_dir_entry *dir = nn->net->proc_net_stat;

	remove_proc_entry("ipt_netflow_audit", dir);
	remove_proc_entry("ipt_netflow_flows", dir);
	remove_proc_entry("ipt_netflow_snmp", dir);
	remove_proc_entry("ipt_netflow", dir);
}
