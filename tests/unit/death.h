/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that die and come back, as operations of the model: src/meter/process.c moves what a
 * dead CPU has to the CPU that this runs on, its heir. See model.c.
 */
#ifndef TESTS_UNIT_DEATH_H
#define TESTS_UNIT_DEATH_H

#include "model.h"
#include "shim/hotplug.h"

#include "../../src/meter/process.c"

/* A CPU's timer is for the test to run, see cpus.h. */
void nfl_timer_init(struct nfl_cpu *cpu)
{
}

void nfl_timer_stop(struct nfl_cpu *cpu)
{
}

int nfl_pressure_start(struct nfl_meter *meter)
{
	return 0;
}

void nfl_pressure_stop(struct nfl_meter *meter)
{
}

/* Calls are the model's. */
void nfl_calls_init(struct nfl_calls *calls)
{
}

void nfl_calls_direct(struct nfl_meter *meter)
{
}

void nfl_call_slot_init(struct nfl_call_slot *slot)
{
}

/* What CPUs may have after a death, and what had to be evicted for it. */
struct grants {
	u32 heir;
	u32 dead;
	long free;
	u64 evicted;
};

/*
 * Each flow takes its grant along while the dead CPU has more than it is never without.
 * The last one has none if there were no more grants than flows. Then the heir needs
 * another one, but not where a flow was merged with one of its own.
 */
static struct grants grants_expected(const struct nfl_cpu *dead, const struct nfl_cpu *heir,
				     u32 merges)
{
	const u32 live = nfl_cpu_live(dead), spare = dead->flows_granted - NFL_FLOWS_LEAST;
	const u32 moved = min(live, spare);
	struct grants grants = {
		.heir = heir->flows_granted + moved,
		.dead = NFL_FLOWS_LEAST,
		.free = flows.flows_free.value + spare - moved,
		.evicted = heir->stats.counter[NFL_EVICTED_FLOWS].v,
	};
	const long grant = grant_size(&flows);
	u32 sharers = !heir->shares, share;
	int number;

	for_each_possible_cpu(number)
		sharers += percpu[number].shares;
	share = 1;
	if (config.maxflows > SHIM_CPUS)
		share += (config.maxflows - SHIM_CPUS) / sharers;
	if (live == moved || merges || nfl_cpu_live(heir) < heir->flows_granted)
		return grants;
	if (heir->refused_jiffies != (u32)jiffies && flows.flows_free.value >= grant) {
		grants.heir += grant;
		grants.free -= grant;
	} else if (heir->refused_jiffies != (u32)jiffies && grants.heir < share &&
		   grants.free - min(grant, (long)(share - grants.heir)) >=
		   -(long)(config.maxflows / 8)) {
		/* it is below its share, so it gets more though all are used up */
		grants.free -= min(grant, (long)(share - grants.heir));
		grants.heir += min(grant, (long)(share - grants.heir));
	} else {
		grants.evicted++;
	}
	return grants;
}

/* Flows that both have. */
static u32 flows_common(unsigned int a, unsigned int b)
{
	u32 count = 0, i;
	int family;

	for (family = 0; family < NFL_FAMILIES; family++)
		for (i = 0; i < KEYS; i++)
			count += model[a][family][i].packets && model[b][family][i].packets;
	return count;
}

/* The parts that are in no record are in the heir's tables; or lost, if memory was. */
static void parts_arrive(unsigned int dead, unsigned int heir)
{
	int family;
	u32 i;

	for (family = 0; family < NFL_FAMILIES; family++) {
		for (i = 0; i < KEYS; i++) {
			struct part *from = &model[dead][family][i];
			struct part *to = &model[heir][family][i];
			struct part seen;

			if (!from->packets)
				continue;
			if (!refusal) {
				part_add(to, from);
				*from = (struct part) { };
				continue;
			}
			seen = part_find(&percpu[heir], family, i);
			if (check(explain(heir, family, i, &seen, true),
				  "CPU %u to %u, family %u, flow %u: no loss explains it", dead,
				  heir, family, i))
				*to = seen;
		}
	}
}

static void look_after(unsigned int number)
{
	struct nfl_cpu *cpu = &percpu[number];
	int family;
	u32 i;

	shim_cpu = number;
	settle(cpu);
	for (family = 0; family < NFL_FAMILIES; family++)
		for (i = 0; i < KEYS; i++)
			compare(cpu, family, i);
	balance(cpu);
}

/* The model has what is in the rings of @number already, and @heir has nothing there. */
static void die(unsigned int number, unsigned int heir)
{
	struct nfl_cpu *dead = &percpu[number], *to = &percpu[heir];
	int family;

	shim_cpu = heir;
	offline[number] = true;
	deaths++;
	dying.now = true;
	dying.dead = number;
	dying.heir = heir;
	cpu_dead(number, &flows.hotplug);
	for (family = 0; family < NFL_FAMILIES; family++) {
		if (to->batch[family])
			batch_look(to->batch[family]);
		check(!dead->batch[family], "CPU %u is dead and keeps a batch", number);
	}
	parts_arrive(number, heir);
	dying.now = false;
	look_after(number);
	look_after(heir);
	check(dead->armed == NFL_TIMER_OFF, "CPU %u is dead, and its timer is on", number);
}

static void die_exactly(unsigned int number, unsigned int heir)
{
	struct nfl_cpu *dead = &percpu[number], *to = &percpu[heir];
	const u32 common = flows_common(number, heir);
	const struct grants grants = grants_expected(dead, to, common);
	const u64_stats_t *evicted = &to->stats.counter[NFL_EVICTED_FLOWS];
	const u32 live = nfl_cpu_live(dead) + nfl_cpu_live(to) - common -
			 (grants.evicted - evicted->v);

	die(number, heir);
	check(nfl_cpu_live(to) == live, "CPU %u: %u flows, not %u", heir, nfl_cpu_live(to), live);
	check(to->flows_granted == grants.heir && dead->flows_granted == grants.dead &&
	      flows.flows_free.value == grants.free,
	      "granted to CPU %u: %u, not %u; to dead CPU %u: %u, not %u; free: %ld, not %ld", heir,
	      to->flows_granted, grants.heir, number, dead->flows_granted, grants.dead,
	      flows.flows_free.value, grants.free);
	check(evicted->v == grants.evicted, "CPU %u: %llu flows were evicted, not %llu", heir,
	      (u64)evicted->v, grants.evicted);
}

/* A CPU dies if it is not the last one; see operate_cpu() for how it comes back. */
static void cpu_dies(void)
{
	const unsigned int number = random_below(SHIM_CPUS);
	unsigned int heir = random_below(SHIM_CPUS), left = 0, i;

	for (i = 0; i < SHIM_CPUS; i++)
		left += i != number && !offline[i];
	if (offline[number] || !left)
		return;
	while (heir == number || offline[heir])
		heir = (heir + 1) % SHIM_CPUS;
	shim_cpu = number;
	nfl_rings_work_off(&percpu[number]);
	settle(&percpu[number]);
	shim_cpu = heir;
	nfl_rings_work_off(&percpu[heir]);
	settle(&percpu[heir]);
	if (refusal)
		die(number, heir);
	else
		die_exactly(number, heir);
}

#endif /* TESTS_UNIT_DEATH_H */
