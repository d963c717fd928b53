/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Apply settings.
 */
#ifndef NFL_CONTROL_APPLY_H
#define NFL_CONTROL_APPLY_H

#include <linux/types.h>

struct nfl_net;

/*
 * nfl_apply_NAME() applies a number. The new value is already stored. @nn is NULL when the
 * value is a module parameter. An error rejects the value.
 *
 * nfl_take_NAME() applies a text. It may rewrite @text, of @size octets, to the canonical
 * form. @nn is NULL when the value is a module parameter; the text is only checked
 * then. An error rejects the value. The caller holds nn->lock, except for functions that
 * wait.
 */
int nfl_apply_timeout(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_protocol(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_engine_id(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_maxflows(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_hashsize(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_sndbuf(struct nfl_net *nn, u32 old, u32 new);
int nfl_apply_logsize(struct nfl_net *nn, u32 old, u32 new);
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

/* Settings that are read whenever they are used, so there is nothing to apply. */
#define nfl_apply_targets	NULL
#define nfl_apply_refresh_rate	NULL
#define nfl_apply_timeout_rate	NULL
#define nfl_apply_scan_min	NULL
#define nfl_apply_debug	NULL

#endif /* NFL_CONTROL_APPLY_H */
