/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint of packets that are dropped. 5.17 added the reason as an argument, 5.18 the
 * reason that netfilter gives, 6.11 the socket, which became constant later.
 */
#ifndef NFL_COMPAT_DROPS_H
#define NFL_COMPAT_DROPS_H

#include <linux/skbuff.h>
#include <linux/tracepoint.h>
#include <linux/version.h>
#include <trace/events/skb.h>

/* Without tracepoints nothing is reported. */
#define NFL_HAS_DROPS	IS_ENABLED(CONFIG_TRACEPOINTS)

/* Define the function @_name, which calls @_called(skb) for a packet that netfilter drops. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
typedef void (*nfl_drop_probe)(void *data, struct sk_buff *skb, void *location,
			       enum skb_drop_reason reason, const struct sock *rx_sk);
#define NFL_DROP_SOCK								\
	typeof(__builtin_choose_expr(						\
		__builtin_types_compatible_p(					\
			typeof(check_trace_callback_type_kfree_skb),		\
			void (nfl_drop_probe)),					\
		(const struct sock *)NULL, (struct sock *)NULL))

#define NFL_DEFINE_DROP_PROBE(_name, _called)						\
static void _name(void *data, struct sk_buff *skb, void *location,			\
		  enum skb_drop_reason reason, NFL_DROP_SOCK rx_sk)			\
{											\
	if (reason == SKB_DROP_REASON_NETFILTER_DROP)					\
		_called(skb);								\
}
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
#define NFL_DEFINE_DROP_PROBE(_name, _called)						\
static void _name(void *data, struct sk_buff *skb, void *location,			\
		  enum skb_drop_reason reason)						\
{											\
	if (reason == SKB_DROP_REASON_NETFILTER_DROP)					\
		_called(skb);								\
}
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
#define NFL_DEFINE_DROP_PROBE(_name, _called)						\
static void _name(void *data, struct sk_buff *skb, void *location,			\
		  enum skb_drop_reason reason)						\
{											\
	_called(skb);									\
}
#else
#define NFL_DEFINE_DROP_PROBE(_name, _called)						\
static void _name(void *data, struct sk_buff *skb, void *location)			\
{											\
	_called(skb);									\
}
#endif

#endif /* NFL_COMPAT_DROPS_H */
