/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include "../cpu.h"

struct rcu_head {
	void *unused;
};

/* What is read so is not freed meanwhile: one thread, or the test sees to it. */
#define rcu_read_lock()
#define rcu_read_unlock()
#define rcu_dereference(p)		READ_ONCE(p)
#define rcu_access_pointer(p)		READ_ONCE(p)
#define rcu_dereference_protected(p, condition)	(assert(condition), (p))
/* pairs with rcu_dereference() */
#define rcu_assign_pointer(p, value)	smp_store_release(&(p), value)
#define synchronize_rcu()		((void)0)
#define kfree_rcu(object, ...)		kfree(object)

#endif /* SHIM_LINUX_RCUPDATE_H */
