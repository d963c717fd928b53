/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What src/instance.c has around it, so that a CPU dies in user space, too. Most of that
 * file is about how namespaces come and go, which no test here does: the functions it
 * calls for that are declared only. They are weak, so that a call is a crash.
 */
#ifndef SHIM_INSTANCE_H
#define SHIM_INSTANCE_H

#include "cpu.h"
#include "linux/list.h"

#define __read_mostly
#define __net_init
#define __net_exit

enum cpuhp_state {
	CPUHP_BP_PREPARE_DYN,
};

#define WQ_UNBOUND		1
#ifndef WQ_PERCPU
#define WQ_PERCPU		2
#endif
#define WQ_CPU_INTENSIVE	4

struct user_namespace {
	int unused;
};

struct net {
	struct user_namespace *user_ns;
};

struct pernet_operations {
	int (*init)(struct net *net);
	void (*pre_exit)(struct net *net);
	unsigned int *id;
	size_t size;
};

struct workqueue_struct;

/* By its newer name and by its older one, as the version of the system's headers has it. */
#ifndef timer_delete_sync
#define timer_delete_sync(timer)	((void)(timer))
#endif
#define del_timer_sync(timer)		((void)(timer))
#define hlist_entry_safe(p, type, member)	container_of(p, type, member)
#define cond_resched()
#define smp_rmb()			((void)0)	/* one thread */
#define u64_stats_init(sync)		((void)(sync))
#define u64_stats_fetch_begin(sync)	((void)(sync), 0)
#define u64_stats_fetch_retry(sync, start)	((void)(sync), (void)(start), false)
#define local_lock_init(lock)		((void)(lock))
#define alloc_percpu_gfp(type, flags)	((void)(flags), (type *)NULL)
#define free_percpu(memory)		((void)(memory))
#define mutex_init(mutex)		((void)(mutex))
#define mutex_lock(mutex)		((void)(mutex))
#define mutex_unlock(mutex)		((void)(mutex))
#define synchronize_rcu()		((void)0)
#define cpus_read_lock()		((void)0)
#define cpus_read_unlock()		((void)0)
#define INIT_WORK_ONSTACK(work, function)	((void)(work), (void)(function))
#define destroy_work_on_stack(work)	((void)(work))
#define flush_work(work)		((void)(work))
#define alloc_workqueue(...)		((struct workqueue_struct *)NULL)
#define destroy_workqueue(queue)	((void)(queue))
#define net_eq(a, b)			((a) == (b))
#define register_pernet_device(operations)	((void)(operations), -EINVAL)
#define unregister_pernet_device(operations)	((void)(operations))

static struct user_namespace init_user_ns;
static struct net init_net = { &init_user_ns };

static inline bool cpu_online(unsigned int number)
{
	return true;
}

static inline bool queue_work_on(unsigned int number, struct workqueue_struct *queue,
				 struct work_struct *work)
{
	return false;
}

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

/* --- of the module's other files --- */

#define NFL_HOOK_H
#define NFL_AUDIT_H
#define NFL_PROCFS_H
#define NFL_TRANSLATION_H

struct netflow;

void nfl_audit_close(struct netflow *nf);
void nfl_hook_close(struct netflow *nf);
int nfl_hook_start(struct netflow *nf);
int nfl_procfs_register(struct netflow *nf);
void nfl_procfs_unregister(struct netflow *nf);
int nfl_sysctl_register(struct netflow *nf);
void nfl_sysctl_unregister(struct netflow *nf);
void nfl_translation_disable(struct netflow *nf);
int nfl_translation_enable(struct netflow *nf);

#pragma weak nfl_aggregation_set
#pragma weak nfl_audit_close
#pragma weak nfl_config_init
#pragma weak nfl_destinations_free
#pragma weak nfl_export_init
#pragma weak nfl_export_pause
#pragma weak nfl_export_start
#pragma weak nfl_export_stop
#pragma weak nfl_hook_close
#pragma weak nfl_hook_start
#pragma weak nfl_ingress_init
#pragma weak nfl_interfaces_init
#pragma weak nfl_interfaces_set
#pragma weak nfl_names_init
#pragma weak nfl_names_listen
#pragma weak nfl_names_stop
#pragma weak nfl_natevents_disable
#pragma weak nfl_natevents_enable
#pragma weak nfl_natevents_init
#pragma weak nfl_natevents_load
#pragma weak nfl_procfs_register
#pragma weak nfl_procfs_unregister
#pragma weak nfl_promisc_close
#pragma weak nfl_promisc_set
#pragma weak nfl_rate_init
#pragma weak nfl_rate_start
#pragma weak nfl_rate_stop
#pragma weak nfl_sampler_set
#pragma weak nfl_selector_parse
#pragma weak nfl_sysctl_register
#pragma weak nfl_sysctl_unregister
#pragma weak nfl_tick_init
#pragma weak nfl_tick_stop
#pragma weak nfl_translation_disable
#pragma weak nfl_translation_enable
#pragma weak nfl_wide_change
#pragma weak nfl_wide_start

#endif /* SHIM_INSTANCE_H */
