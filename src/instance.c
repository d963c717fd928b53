// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module in a network namespace: how its parts come and go.
 *
 * Life: pernet init makes an instance with its settings and views, which costs
 * little, since most namespaces never meter a packet. The first user (a rule,
 * hooks mode, promisc) brings the rest: per-CPU tables, exporter
 * (nfl_instance_use()). They stay until the namespace or the module goes. pre_exit
 * hides the tables from packets; after the RCU grace period that the kernel adds,
 * exit sends what is left and frees.
 *
 * The first namespace has an exporter from the start, so that a collector hears
 * of the router as soon as the module is loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "base/works.h"
#include "control/settings.h"
#include "instance.h"
#include "meter/batch.h"
#include "meter/enrich.h"
#include "meter/expire.h"
#include "meter/meter.h"
#include "meter/nat_hook.h"
#include "meter/timer.h"
#include "observe/hook.h"
#include "proc/procfs.h"
#include "stats/audit.h"

unsigned int nfl_pernet_id __read_mostly;
static enum cpuhp_state hotplug_state __read_mostly;

/* For those who are not packets: the tables are there while an exporter is. */
static struct nfl_cpu __percpu *instance_cpus(struct netflow *nf)
{
	return READ_ONCE(nf->cpus);
}

static u32 buckets_for(u32 flows)
{
	return DIV_ROUND_UP(flows, NFL_BUCKET_LOAD * num_possible_cpus());
}

/**
 * nfl_cpus_alloc() - give an instance its CPUs' parts, with empty tables
 * @nf: the namespace, its settings made
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int nfl_cpus_alloc(struct netflow *nf)
{
	struct nfl_cpu __percpu *cpus;
	int number, family;

	cpus = alloc_percpu_gfp(struct nfl_cpu, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!cpus)
		return -ENOMEM;
	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = per_cpu_ptr(cpus, number);

		local_lock_init(&cpu->lock);
		u64_stats_init(&cpu->stats.sync);
		cpu->nf = nf;
		cpu->number = number;
		cpu->flows_granted = NFL_FLOWS_LEAST;
		cpu->refused_jiffies = jiffies - 1;
		for (family = 0; family < NFL_FAMILIES; family++) {
			cpu->tables[family].family = family;
			cpu->tables[family].buckets_min = buckets_for(nf->config.hashsize);
		}
		nfl_tick_init(cpu);
	}
	/* pairs with the address dependency of those who find the pointer set */
	smp_store_release(&nf->cpus, cpus);
	return 0;
}

/**
 * nfl_cpus_free() - free CPUs' parts
 * @cpus: those of an instance, which nobody uses any more
 */
void nfl_cpus_free(struct nfl_cpu __percpu *cpus)
{
	int number, family;

	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = per_cpu_ptr(cpus, number);

		for (family = 0; family < NFL_FAMILIES; family++)
			nfl_table_destroy(&cpu->tables[family]);
	}
	free_percpu(cpus);
}

/**
 * nfl_instance_start() - bring what metering and exporting need, once
 * @nf: the namespace, under its lock or being made
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_instance_start(struct netflow *nf)
{
	int err;

	if (instance_cpus(nf))
		return 0;
	nfl_hash_seed(&nf->hash_key);
	atomic_long_set(&nf->flows_free, (long)nfl_config_maxflows(&nf->config) -
					 NFL_FLOWS_LEAST * (long)num_possible_cpus());
	err = nfl_cpus_alloc(nf);
	if (err)
		return err;
	err = cpuhp_state_add_instance_nocalls(hotplug_state, &nf->hotplug);
	if (err) {
		nfl_cpus_free(instance_cpus(nf));
		WRITE_ONCE(nf->cpus, NULL);
		return err;
	}
	nfl_export_start(nf);
	nfl_rate_start(nf);
	return 0;
}

/* What texts say, which were looked at when they were set: only memory may be missing. */
static int texts_start(struct netflow *nf)
{
	u32 selector = 0;
	int err;

	nfl_selector_parse(nf->config.sampler, &selector);
	nfl_sampler_set(nf, selector);
	err = nfl_aggregation_set(nf, nf->config.aggregation);
	return err ?: nfl_interfaces_set(nf, nf->config.snmp_rules);
}

static void texts_stop(struct netflow *nf)
{
	nfl_sampler_set(nf, 0);
	nfl_aggregation_set(nf, "");
	nfl_interfaces_set(nf, "");
}

/* What is told of flows and of NAT, as it is set; under nf->lock. */
static void telling_start(struct netflow *nf)
{
	nfl_wide_start(nf);
	if (nf->config.natfields && nfl_translation_enable(nf))
		WRITE_ONCE(nf->config.natfields, 0);
	/* a kernel without conntrack meters all the same; it was logged */
	if (nf->config.natevents && nfl_natevents_enable(nf))
		WRITE_ONCE(nf->config.natevents, 0);
}

/**
 * nfl_instance_use_locked() - nfl_instance_use() for who has the lock
 * @nf: the namespace, under its lock
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_instance_use_locked(struct netflow *nf)
{
	int err;

	err = nfl_instance_start(nf);
	if (err)
		return err;
	telling_start(nf);
	nf->users++;
	return 0;
}

/**
 * nfl_instance_use() - a rule is to use the namespace's instance
 * @nf: the namespace
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_instance_use(struct netflow *nf)
{
	int err;

	mutex_lock(&nf->lock);
	err = nfl_instance_use_locked(nf);
	mutex_unlock(&nf->lock);
	return err;
}

/**
 * nfl_instance_unuse() - a rule that used it is gone
 * @nf: the namespace
 */
void nfl_instance_unuse(struct netflow *nf)
{
	mutex_lock(&nf->lock);
	nf->users--;
	mutex_unlock(&nf->lock);
}

/**
 * nfl_cpu_live() - flows in the tables of a CPU
 * @cpu: the CPU; if it is not owned, the answer is of about now
 */
u64 nfl_cpu_live(const struct nfl_cpu *cpu)
{
	u64 live = 0;
	int family;

	for (family = 0; family < NFL_FAMILIES; family++)
		live += READ_ONCE(cpu->tables[family].live);
	return live;
}

/**
 * nfl_cpu_has_flows() - does a CPU have flows, or packets that will be?
 * @cpu: the CPU, which need not be owned: the answer is of about now
 */
bool nfl_cpu_has_flows(const struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (READ_ONCE(cpu->ring_count[family]))
			return true;
	}
	return nfl_cpu_live(cpu);
}

struct cpu_call {
	struct work_struct work;
	struct nfl_cpu *cpu;
	nfl_cpu_function function;
	void *argument;
};

static void cpu_call(struct work_struct *work)
{
	struct cpu_call *call = container_of(work, struct cpu_call, work);
	struct nfl_cpu __percpu *cpus = instance_cpus(call->cpu->nf);
	unsigned int step = 0;
	bool more;

	do {
		nfl_cpu_enter(cpus);
		more = call->function(call->cpu, call->argument, &step);
		nfl_cpu_exit(cpus);
		cond_resched();
	} while (more);
}

/**
 * nfl_cpu_call() - run a function on a CPU
 * @nf: the namespace, whose CPUs stay there meanwhile
 * @number: the CPU
 * @function: the function, see there
 * @argument: for @function
 *
 * A CPU that is offline has nobody who uses its part, so the function is run
 * for it here.
 *
 * Context: process; sleeps.
 */
void nfl_cpu_call(struct netflow *nf, int number, nfl_cpu_function function, void *argument)
{
	struct cpu_call call = { .function = function, .argument = argument };

	if (!instance_cpus(nf))
		return;
	call.cpu = per_cpu_ptr(instance_cpus(nf), number);
	INIT_WORK_ONSTACK(&call.work, cpu_call);
	cpus_read_lock();
	if (cpu_online(number)) {
		queue_work_on(number, nfl_call_workqueue, &call.work);
		flush_work(&call.work);
	} else {
		cpu_call(&call.work);
	}
	cpus_read_unlock();
	destroy_work_on_stack(&call.work);
}

/**
 * nfl_cpus_call() - run a function on CPUs, one after the other
 * @nf: the namespace, whose CPUs stay there meanwhile
 * @test: which CPUs; NULL for all. It is asked from here, not on that CPU.
 * @function: the function, see there
 * @argument: for @function
 *
 * Context: process; sleeps.
 */
void nfl_cpus_call(struct netflow *nf, nfl_cpu_test test, nfl_cpu_function function,
		   void *argument)
{
	struct nfl_cpu __percpu *cpus = instance_cpus(nf);
	int number;

	if (!cpus)
		return;
	for_each_possible_cpu(number) {
		if (!test || test(per_cpu_ptr(cpus, number)))
			nfl_cpu_call(nf, number, function, argument);
	}
}

/*
 * A CPU's counters, as they were between two packets, if it leaves as much time: on
 * machines of 64 bits a reader has nothing else to know it by. From the last to the
 * first, as a packet that is not seen yet is less wrong than one that is gone already.
 */
static void cpu_read(const struct nfl_cpu *cpu, u64 counter[NFL_CPU_COUNTERS_MAX])
{
	const struct nfl_cpu_stats *stats = &cpu->stats;
	int i, tries = 4;
	u64 seen;

	do {
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&stats->sync);
			seen = u64_stats_read(&stats->counter[NFL_SEEN_PACKETS]);
			/* a packet that comes from now on shows in it at the end */
			smp_rmb();
			for (i = NFL_CPU_COUNTERS_MAX; i--;) {
				if (i == NFL_SEEN_OCTETS)
					smp_rmb();	/* how many came: last of all */
				counter[i] = u64_stats_read(&stats->counter[i]);
			}
		} while (u64_stats_fetch_retry(&stats->sync, start));
	} while (counter[NFL_SEEN_PACKETS] != seen && --tries);
}

/**
 * nfl_cpu_sums() - sum counters up
 * @nf: the namespace
 * @number: of one CPU, or -1 for all
 * @sums: where to
 *
 * Context: any; takes no lock. The sums are of about now.
 */
void nfl_cpu_sums(struct netflow *nf, int number, struct nfl_cpu_sums *sums)
{
	struct nfl_cpu __percpu *cpus = instance_cpus(nf);
	int i, counter;

	memset(sums, 0, sizeof(*sums));
	if (!cpus)
		return;
	if (number >= 0) {
		cpu_read(per_cpu_ptr(cpus, number), sums->counter);
		return;
	}
	for_each_possible_cpu(i) {
		struct nfl_cpu_sums one;

		cpu_read(per_cpu_ptr(cpus, i), one.counter);
		for (counter = 0; counter < NFL_CPU_COUNTERS_MAX; counter++)
			sums->counter[counter] += one.counter[counter];
	}
}

/**
 * nfl_cpus_live() - flows in the tables of a namespace, of about now
 * @nf: the namespace
 */
u64 nfl_cpus_live(struct netflow *nf)
{
	struct nfl_cpu __percpu *cpus = instance_cpus(nf);
	u64 live = 0;
	int number;

	if (!cpus)
		return 0;
	for_each_possible_cpu(number)
		live += nfl_cpu_live(per_cpu_ptr(cpus, number));
	return live;
}

static bool set_hashsize(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	const u32 *flows = argument;
	int family;

	for (family = 0; family < NFL_FAMILIES; family++)
		cpu->tables[family].buckets_min = buckets_for(*flows);
	return false;
}

/**
 * nfl_instance_set_hashsize() - let the tables be of this size at least
 * @nf: the namespace, under its lock
 * @flows: for so many flows; they get there as flows come
 */
void nfl_instance_set_hashsize(struct netflow *nf, u32 flows)
{
	nfl_cpus_call(nf, NULL, set_hashsize, &flows);
}

/*
 * A CPU has died. What it had in its rings and tables goes to this one. Nobody
 * else touches a dead CPU's part: the CPU does not run, its timer and its work
 * do nothing elsewhere, and nfl_cpus_call() waits for hotplug to end.
 */
static int cpu_dead(unsigned int number, struct hlist_node *node)
{
	struct netflow *nf = hlist_entry_safe(node, struct netflow, hotplug);
	struct nfl_cpu __percpu *cpus = instance_cpus(nf);
	struct nfl_cpu *dead = per_cpu_ptr(cpus, number);
	struct nfl_cpu *heir;
	int family;
	u32 n, i;

	timer_delete_sync(&dead->timer);
	dead->tick = NFL_TICK_OFF;
	/* who writes counters of 64 bits in halves must not be preempted */
	nfl_cpu_enter(cpus);
	nfl_meter_work_off(dead);
	nfl_cpu_exit(cpus);
	for (family = 0; family < NFL_FAMILIES; family++) {
		struct nfl_table *table = &dead->tables[family];
		const size_t size = nfl_flow_size(family);

		for (n = 0; n < table->chunks_count; n++) {
			struct nfl_chunk *chunk = &table->chunks[n];

			for (i = n ? 0 : 1; chunk->used && i < chunk->fresh; i++) {
				struct nfl_flow *flow = chunk->entries + i * size;

				if (!flow->packets)
					continue;
				heir = nfl_cpu_enter(cpus);
				nfl_meter_move(heir, dead, family, flow);
				nfl_cpu_exit(cpus);
				nfl_table_remove(table, flow, n * nfl_chunk_entries(family) + i);
			}
		}
		nfl_table_destroy(table);
		table->buckets_min = buckets_for(READ_ONCE(nf->config.hashsize));
	}
	nfl_batch_publish(dead);
	nfl_meter_release_grant(dead);
	/* mod_timer() of the work-off above may have armed it again */
	timer_delete_sync(&dead->timer);
	dead->tick = NFL_TICK_OFF;
	return 0;
}

static int __net_init instance_net_init(struct net *net)
{
	struct netflow *nf = nfl_instance(net);
	int err;

	nf->net = net;
	mutex_init(&nf->settings_lock);
	mutex_init(&nf->lock);
	nfl_config_init(&nf->config, net_eq(net, &init_net));
	nfl_export_init(nf);
	nfl_natevents_init(nf);
	nfl_rate_init(nf);
	nfl_interfaces_init(&nf->interfaces);
	nfl_ingress_init(&nf->ingress);
	nfl_names_init(&nf->names);
	err = texts_start(nf);
	if (err)
		goto err_destinations;

	/* where the target may not be used there is nothing to set or to see */
	if (net->user_ns != &init_user_ns)
		return 0;
	err = nfl_names_listen(nf);
	if (err)
		goto err_destinations;
	err = nfl_sysctl_register(nf);
	if (err)
		goto err_names;
	err = nfl_procfs_register(nf);
	if (err)
		goto err_sysctl;
	if (net_eq(net, &init_net)) {
		err = nfl_instance_start(nf);
		if (err)
			goto err_procfs;
	}
	return 0;

err_procfs:
	nfl_procfs_unregister(nf);
err_sysctl:
	nfl_sysctl_unregister(nf);
err_names:
	nfl_names_stop(nf);
err_destinations:
	texts_stop(nf);
	nfl_destinations_free(&nf->transport.destinations);
	return err;
}

/* Nobody meters any more: end what runs, and send what is there. */
static void __net_exit instance_stop(struct netflow *nf)
{
	struct nfl_cpu __percpu *cpus = instance_cpus(nf);
	int number;

	if (!cpus) {
		nfl_export_stop(nf);
		nfl_names_stop(nf);
		texts_stop(nf);
		return;
	}
	/* whatever could arm a CPU's timer ends before the timers do */
	nfl_rate_stop(nf);
	nfl_natevents_disable(nf);
	nfl_export_pause(nf);
	cpuhp_state_remove_instance_nocalls(hotplug_state, &nf->hotplug);
	for_each_possible_cpu(number)
		nfl_tick_stop(per_cpu_ptr(cpus, number));
	nfl_export_stop(nf);
	nfl_audit_close(nf);
	nfl_names_stop(nf);
	texts_stop(nf);
	WRITE_ONCE(nf->cpus, NULL);
	nfl_cpus_free(cpus);
}

/*
 * All of it here, before routes and devices go, by which the last flows are sent. Rules
 * may outlive this, and give their use of the instance back: it is freed after them.
 */
static void __net_exit instance_net_pre_exit(struct net *net)
{
	struct netflow *nf = nfl_instance(net);

	if (net->user_ns == &init_user_ns) {
		nfl_procfs_unregister(nf);
		nfl_sysctl_unregister(nf);
	}
	nfl_promisc_close(nf);
	nfl_hook_close(nf);
	nfl_translation_disable(nf);
	nfl_wide_change(nf, U16_MAX, 0);
	/* no packet that comes from now on finds the tables */
	WRITE_ONCE(nf->closed, true);
	if (instance_cpus(nf))
		synchronize_rcu();
	instance_stop(nf);
}

static struct pernet_operations instance_net_ops = {
	.init = instance_net_init,
	.pre_exit = instance_net_pre_exit,
	.id = &nfl_pernet_id,
	.size = sizeof(struct netflow),
};

/**
 * nfl_instance_init() - have instances in all namespaces
 *
 * Return: 0, or a negative error.
 */
int nfl_instance_init(void)
{
	struct netflow *nf;
	int err;

	err = nfl_workqueues_init();
	if (err)
		return err;
	err = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN, "net/netflow:dead", NULL, cpu_dead);
	if (err < 0)
		goto err_workqueues;
	hotplug_state = err;
	/* as a device: those end first */
	err = register_pernet_device(&instance_net_ops);
	if (err)
		goto err_hotplug;
	nf = nfl_instance(&init_net);
	/* not from pernet init, for which the loading of that module would wait */
	if (nf->config.natevents)
		nfl_natevents_load();
	mutex_lock(&nf->settings_lock);
	mutex_lock(&nf->lock);
	telling_start(nf);
	err = nfl_promisc_set(nf, nf->config.promisc);
	mutex_unlock(&nf->lock);
	err = err ?: nfl_hook_start(nf);
	mutex_unlock(&nf->settings_lock);
	if (err)
		goto err_pernet;
	return 0;

err_pernet:
	unregister_pernet_device(&instance_net_ops);
err_hotplug:
	cpuhp_remove_multi_state(hotplug_state);
err_workqueues:
	nfl_workqueues_exit();
	return err;
}

/**
 * nfl_instance_exit() - undo nfl_instance_init()
 */
void nfl_instance_exit(void)
{
	unregister_pernet_device(&instance_net_ops);
	cpuhp_remove_multi_state(hotplug_state);
	nfl_workqueues_exit();
}
