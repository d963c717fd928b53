/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What src/meter/process.c has around it, so that a CPU dies in user space, too: hotplug
 * that does nothing by itself, and CPUs' parts that the test has made.
 */
#ifndef SHIM_HOTPLUG_H
#define SHIM_HOTPLUG_H

#include "cpu.h"
#include "linux/list.h"

#define __read_mostly

enum cpuhp_state {
	CPUHP_BP_PREPARE_DYN,
};

/* By its newer name and by its older one, as the version of the system's headers has it. */
#ifndef timer_delete_sync
#define timer_delete_sync(timer)	((void)(timer))
#endif
#define del_timer_sync(timer)		((void)(timer))
#define hlist_entry_safe(p, type, member)	container_of(p, type, member)
#define u64_stats_init(sync)		((void)(sync))
#define local_lock_init(lock)		((void)(lock))
#define alloc_percpu_gfp(type, flags)	((void)(flags), (type *)NULL)

/* A dead CPU's part is handed to the callback by the test. */
typedef int (*shim_hotplug)(unsigned int cpu, struct hlist_node *node);

static inline int cpuhp_setup_state_multi(enum cpuhp_state state, const char *name,
					  shim_hotplug startup, shim_hotplug teardown)
{
	return -EINVAL;
}

static inline void cpuhp_remove_multi_state(enum cpuhp_state state)
{
}

static inline int cpuhp_state_add_instance_nocalls(enum cpuhp_state state, struct hlist_node *node)
{
	return -EINVAL;
}

static inline void cpuhp_state_remove_instance_nocalls(enum cpuhp_state state,
						       struct hlist_node *node)
{
}

#endif /* SHIM_HOTPLUG_H */
