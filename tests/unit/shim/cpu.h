/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several CPUs in user space. Who runs on one sets shim_cpu; a program with threads
 * has one for each CPU, and nothing else may touch what is that CPU's, as bottom
 * halves being off sees to in the kernel.
 *
 * jiffies are milliseconds of the clock that the test sets.
 */
#ifndef SHIM_CPU_H
#define SHIM_CPU_H

#include "kernel.h"
#include "linux/bitops.h"
#include "linux/ktime.h"
#include "linux/slab.h"

#ifndef SHIM_CPUS
#define SHIM_CPUS		3
#endif

static __thread unsigned int shim_cpu __attribute__((unused));

#define __percpu
#define __rcu
#define num_possible_cpus()	SHIM_CPUS
/* among threads */
#define smp_mb()			__atomic_thread_fence(__ATOMIC_SEQ_CST)
/* the same; the thread sanitizer knows no fences, and relaxed accesses are no races to it */
#ifdef __SANITIZE_THREAD__
#define shim_fence(order)	((void)(order))
#else
#define shim_fence(order)	__atomic_thread_fence(order)
#endif
#define smp_rmb()			shim_fence(__ATOMIC_ACQUIRE)	/* likewise */
#define smp_wmb()			shim_fence(__ATOMIC_RELEASE)	/* likewise */
#define smp_processor_id()	shim_cpu
#define per_cpu_ptr(p, cpu)	(&(p)[cpu])
#define this_cpu_ptr(p)		per_cpu_ptr(p, smp_processor_id())
#define cpu_possible_mask		NULL
#define cpumask_first(mask)		((void)(mask), 0)
#define for_each_possible_cpu(cpu)	for (cpu = 0; cpu < SHIM_CPUS; cpu++)

/* as in softirq: a CPU does nothing else meanwhile */
#define softirq_count()		1
#define local_bh_disable()	((void)0)
#define local_bh_enable()	((void)0)
#define local_lock_nested_bh(lock)	((void)(lock))
#define local_unlock_nested_bh(lock)	((void)(lock))

typedef struct {} local_lock_t;

typedef struct {} spinlock_t;

#define spin_lock(lock)		((void)(lock))
#define spin_unlock(lock)	((void)(lock))

/* Timers run when the test calls them. */
struct timer_list {
	void (*function)(struct timer_list *timer);
	unsigned long expires;
	bool pending;
};

#define TIMER_PINNED			0
#define timer_setup(timer, handler, flags)	((timer)->function = (handler), (void)(flags))
#define timer_container_of(var, timer, field)	container_of(timer, typeof(*(var)), field)
#define mod_timer(timer, at)		((timer)->expires = (at), (timer)->pending = true)

/* For what has one thread: a lock is not taken twice. */
struct mutex {
	bool held;
};

#define DEFINE_MUTEX(name)	struct mutex name

static inline void mutex_lock(struct mutex *mutex)
{
	assert(!mutex->held);
	mutex->held = true;
}

static inline bool mutex_trylock(struct mutex *mutex)
{
	return !mutex->held && (mutex->held = true);
}

static inline void mutex_unlock(struct mutex *mutex)
{
	assert(mutex->held);
	mutex->held = false;
}

/* Work runs when the test calls it. */
struct work_struct {
	void (*function)(struct work_struct *work);
};

struct delayed_work {
	struct work_struct work;
};

struct workqueue_struct;

/* Hotplug is the test's, and comes between two of its steps. */
#define cpus_read_lock()
#define cpus_read_trylock()		true
#define cpus_read_unlock()

#define INIT_WORK(item, handler)		((item)->function = (handler))
#define INIT_DELAYED_WORK(delayed, handler)	INIT_WORK(&(delayed)->work, handler)
#define to_delayed_work(at)			container_of(at, struct delayed_work, work)
#define mod_delayed_work(queue, delayed, delay)	((void)(queue), (void)(delayed), (void)(delay))
#define queue_delayed_work(queue, delayed, delay)	mod_delayed_work(queue, delayed, delay)
#define cancel_delayed_work_sync(delayed)	((void)(delayed))
#define cond_resched()
#define mutex_init(mutex)		((mutex)->held = false)
#define raw_smp_processor_id()		smp_processor_id()

#define HZ			1000
#define jiffies			((unsigned long)READ_ONCE(shim_boot_ms))

/* Nanoseconds; each look at it takes a while. */
static inline u64 ktime_get_ns(void)
{
	static __thread u64 clock;

	return clock += 25000;
}

#define DECLARE_STATIC_KEY_FALSE(name)	extern bool name
#define DEFINE_STATIC_KEY_FALSE(name)	bool name
#define static_branch_inc(key)		WRITE_ONCE(*(key), true)
#define static_branch_dec(key)		WRITE_ONCE(*(key), false)
#define static_branch_unlikely(key)	unlikely(READ_ONCE(*(key)))

/* --- atomic --- */

typedef struct { int value; } atomic_t;
typedef struct { long value; } atomic_long_t;

#define atomic_read(a)			READ_ONCE((a)->value)
#define atomic_set(a, n)		WRITE_ONCE((a)->value, n)
#define atomic_inc(a)			((void)__atomic_add_fetch(&(a)->value, 1, __ATOMIC_SEQ_CST))
#define atomic_dec(a)			((void)__atomic_sub_fetch(&(a)->value, 1, __ATOMIC_SEQ_CST))
#define atomic_long_read(a)		READ_ONCE((a)->value)
#define atomic_long_set(a, n)		WRITE_ONCE((a)->value, n)
#define atomic_long_sub(n, a)		((void)atomic_long_sub_return(n, a))
#define atomic_long_inc(a)		atomic_inc(a)
#define atomic_read_acquire(a)		__atomic_load_n(&(a)->value, __ATOMIC_ACQUIRE)
#define atomic_set_release(a, n)	__atomic_store_n(&(a)->value, n, __ATOMIC_RELEASE)
#define atomic_cmpxchg(a, old, new)	__sync_val_compare_and_swap(&(a)->value, old, new)
#define atomic_dec_and_test(a)		(!__atomic_sub_fetch(&(a)->value, 1, __ATOMIC_SEQ_CST))
#define atomic_long_add(n, a)		((void)atomic_long_add_return(n, a))
#define atomic_long_add_return(n, a)	__atomic_add_fetch(&(a)->value, n, __ATOMIC_SEQ_CST)
#define atomic_long_sub_return(n, a)	__atomic_sub_fetch(&(a)->value, n, __ATOMIC_SEQ_CST)

/* --- counters that others read --- */

typedef struct { u64 v; } u64_stats_t;

struct u64_stats_sync {};

#define u64_stats_update_begin(sync)	((void)(sync))
#define u64_stats_update_end(sync)	((void)(sync))
/* no word of them is read in halves */
#define u64_stats_fetch_begin(sync)	((void)(sync), 0U)
#define u64_stats_fetch_retry(sync, start)	((void)(sync), (void)(start), false)
#define u64_stats_read(p)		READ_ONCE((p)->v)
/* of that type, as the kernel's */
#define u64_stats_add(p, n)		WRITE_ONCE((p)->v, (p)->v + (unsigned long)(n))

/* --- lock-free list --- */

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define init_llist_head(list)	((list)->first = NULL)
#define llist_entry(p, type, member)	container_of(p, type, member)
#define llist_empty(list)		(!READ_ONCE((list)->first))
#define shim_llist_object(node, at, member)				\
	((node) ? llist_entry(node, typeof(*(at)), member) : NULL)
#define llist_for_each_entry_safe(at, after, node, member)		\
	for (at = shim_llist_object(node, at, member);			\
	     at && (after = shim_llist_object(at->member.next, at, member), true);	\
	     at = after)

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	struct llist_node *first = READ_ONCE(head->first);

	do {
		WRITE_ONCE(node->next, first);
	} while (!__atomic_compare_exchange_n(&head->first, &first, node, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return !first;
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return __atomic_exchange_n(&head->first, NULL, __ATOMIC_SEQ_CST);
}

static inline struct llist_node *llist_reverse_order(struct llist_node *node)
{
	struct llist_node *reversed = NULL;

	while (node) {
		struct llist_node *next = node->next;

		node->next = reversed;
		reversed = node;
		node = next;
	}
	return reversed;
}

/* --- memory --- */

#define __alloc_percpu(size, align)	kzalloc((align) * DIV_ROUND_UP(size, align) * SHIM_CPUS, 0)
#define free_percpu(p)			kfree(p)
#define this_cpu_inc(counter)		((counter)++)
#define kvcalloc(count, size, flags)	kcalloc(count, size, flags)
#define cmpxchg(p, old, new)		__sync_val_compare_and_swap(p, old, new)

#endif /* SHIM_CPU_H */
