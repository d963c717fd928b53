/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How settings are put to work.
 */
#ifndef NFL_CONTROL_APPLY_H
#define NFL_CONTROL_APPLY_H

#include <linux/types.h>

struct nfl_net;

/*
 * What a new value of a number needs, beside being stored (nfl_apply_NAME()). Called with
 * the new value stored; @nn is NULL when modprobe gives it. An error refuses it.
 *
 * What puts a text to work (nfl_take_NAME()). @text may be written anew, in @size octets,
 * to show what was understood. @nn is NULL when modprobe gives it, and it is looked at
 * only. An error refuses it. nn->lock is held, except by those that wait.
 */
int nfl_apply_timeout(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_protocol(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_engine_id(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_maxflows(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_hashsize(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_sndbuf(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_exportcpu(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_natevents(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_natfields(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_promisc(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_mtu(struct nfl_net *nn, u32 old, u32 new);
int nfl_take_destination(struct nfl_net *nn, char *text, size_t size);
int nfl_take_fields(struct nfl_net *nn, char *text, size_t size);
int nfl_take_hooks(struct nfl_net *nn, char *text, size_t size);
int nfl_take_aggregation(struct nfl_net *nn, char *text, size_t size);
int nfl_take_snmp_rules(struct nfl_net *nn, char *text, size_t size);
int nfl_take_sampler(struct nfl_net *nn, char *text, size_t size);
void nfl_apply_flush(struct nfl_net *nn, s64 value);

#define nfl_apply_active_timeout	nfl_apply_timeout
#define nfl_apply_inactive_timeout	nfl_apply_timeout

/* What looks at these does when it next needs them. */
#define nfl_apply_targets	NULL
#define nfl_apply_refresh_rate	NULL
#define nfl_apply_timeout_rate	NULL
#define nfl_apply_scan_min	NULL
#define nfl_apply_debug	NULL

#endif /* NFL_CONTROL_APPLY_H */
