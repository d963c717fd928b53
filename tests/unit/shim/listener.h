/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a listener on a socket has around it.
 */
#ifndef SHIM_LISTENER_H
#define SHIM_LISTENER_H

#include "module.h"

#include "linux/jiffies.h"
#include "linux/list.h"
#include "linux/notifier.h"

/* What loads a module, if the test says so. */
static void (*shim_module_load)(void) __attribute__((unused));

#define request_module(...)			((void)0)
#define request_module_nowait(...)		(shim_module_load ? shim_module_load() : (void)0)

#define MODULE_STATE_COMING			1
#define MODULE_STATE_GOING			2

struct module {
	const char *name;
};

/* What is called when a module is removed. */
static struct notifier_block *shim_module_notifier __attribute__((unused));

static inline int register_module_notifier(struct notifier_block *block)
{
	shim_module_notifier = block;
	return 0;
}

static inline int unregister_module_notifier(struct notifier_block *block)
{
	shim_module_notifier = NULL;
	return 0;
}

struct net;

struct sock {
	atomic_t sk_drops;
	int sk_rcvbuf;
	int rmem;	/* octets that wait in it */
	void *sk_user_data;
	int sk_callback_lock;
};

struct socket {
	struct sock *sk;
};

struct kvec {
	void *iov_base;
	size_t iov_len;
};

#define sk_rmem_alloc_get(sk)	((sk)->rmem)

#define read_lock_bh(lock)	((void)(lock))
#define read_unlock_bh(lock)	((void)(lock))

int kernel_recvmsg(struct socket *socket, struct msghdr *msg, struct kvec *part, size_t count,
		   size_t size, int flags);

static inline bool nlmsg_ok(const struct nlmsghdr *nlh, int left)
{
	return left >= (int)sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	       nlh->nlmsg_len <= (u32)left;
}

static inline struct nlmsghdr *nlmsg_next(const struct nlmsghdr *nlh, int *left)
{
	const int length = NLMSG_ALIGN(nlh->nlmsg_len);

	*left -= length;
	return (void *)nlh + length;
}

#endif /* SHIM_LISTENER_H */
