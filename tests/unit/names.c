// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of interfaces over whole rounds, in simulated time: each is announced once in
 * a round, or out of turn in its place, and once more if it is renamed after that.
 */
#include "shim/xarray.h"

#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/rhashtable.h>

struct dev_ifalias {
	char ifalias[16];
};

struct net_device {
	int ifindex;
	char name[IFNAMSIZ];
	struct dev_ifalias *ifalias;
	bool is_vrf;
};

#include "../../src/transport/log.h"
#include "../../src/export/worker.h"
#include "../../src/export/interface_names.h"
#include "../../src/export/interface_numbers.h"

static const struct net_device *dev_get_by_index_rcu(void *net, unsigned long index);

static bool netif_is_l3_master(const struct net_device *dev)
{
	return dev->is_vrf;
}

static u32 l3mdev_fib_table_rcu(const struct net_device *dev)
{
	return 1000 + dev->ifindex;
}

u32 nfl_interface_numbered(struct nfl_interface_numbers *unused, u32 index)
{
	return index;
}

/* The test asks for the delay before each step of its clock. */
void nfl_export_wake(struct nfl_worker *worker, unsigned long delay)
{
}

#include "../../src/base/utf8.c"
#include "../../src/export/interface_names.c"

#include "tap.h"

#define INTERFACES	1000
#define EVENTS		200	/* in a round */

static struct nfl_names names;
static struct nfl_interface_numbers numbers;		/* without rules: numbers are indices */
static struct net_device devices[INTERFACES + 1];	/* by index; 0 if there is none */
static unsigned int told[INTERFACES + 1], told_vrf[INTERFACES + 1], expected[INTERFACES + 1];
static unsigned long renamed_at[INTERFACES + 1];	/* 0: its name is known */
static bool renamed[INTERFACES + 1];			/* in this round */
static unsigned int begun[3][INTERFACES + 1];		/* for sessions from 1 or 2 on */

static const struct net_device *dev_get_by_index_rcu(void *net, unsigned long index)
{
	return devices[index].ifindex ? &devices[index] : NULL;
}

bool nfl_log_append_options(struct nfl_log *log, const struct nfl_stored_options *options)
{
	const struct nfl_interface *interface = &options->interface;
	u32 index = interface->index;

	if (options->first) {
		begun[options->first][options->which == NFL_TEMPLATE_VRF ? index - 1000 : index]++;
		return true;
	}
	if (options->which == NFL_TEMPLATE_VRF) {
		told_vrf[index - 1000]++;
		return true;
	}
	check(!strcmp(interface->name, devices[index].name), "%u: its name is %s, not %s", index,
	      interface->name, devices[index].name);
	told[index]++;
	if (renamed_at[index])
		check(jiffies - renamed_at[index] <= 2 * NFL_PACE_DELAY,
		      "%u: its new name is announced after %lu ms", index,
		      jiffies - renamed_at[index]);
	renamed_at[index] = 0;
	return true;
}

static void add(unsigned int index)
{
	devices[index] = (struct net_device) { .ifindex = index, .is_vrf = index % 50 == 0 };
	snprintf(devices[index].name, IFNAMSIZ, "eth%u", index);
	nfl_names_note(&names, &devices[index]);
}

/* Once in a round: one that was announced already is announced again. */
static void rename_one(unsigned int index)
{
	if (renamed[index])
		return;
	snprintf(devices[index].name, IFNAMSIZ, "new%u", random_below(1000000));
	expected[index] += !!told[index];
	renamed[index] = true;
	renamed_at[index] = jiffies;
	nfl_names_note(&names, &devices[index]);
}

static void export_until(unsigned long until)
{
	for (;;) {
		const unsigned long delay = nfl_names_delay(&names);

		if (time_before(until, jiffies + delay)) {
			shim_boot_ms = until;
			return;
		}
		shim_boot_ms += delay;
		nfl_names_export(&names);
	}
}

/* A round from its begin to its end, and so many new names in it. */
static void go_round(unsigned int events)
{
	const unsigned long begin = names.pace.begin;
	unsigned int i;

	memset(told, 0, sizeof(told));
	memset(told_vrf, 0, sizeof(told_vrf));
	memset(renamed, 0, sizeof(renamed));
	for (i = 1; i <= INTERFACES; i++)
		expected[i] = 1;
	for (i = 1; i <= events; i++) {
		/* the last one has time to be announced */
		export_until(begin + i * ((NFL_PACE_PERIOD - HZ) / events));
		rename_one(1 + random_below(INTERFACES));
	}
	export_until(begin + NFL_PACE_PERIOD);
	check(names.pace.begin == begin + NFL_PACE_PERIOD, "the round took %ld ms more",
	      (long)(names.pace.begin - begin - NFL_PACE_PERIOD));
	for (i = 1; i <= INTERFACES; i++) {
		check(told[i] == expected[i], "%u is announced %u times, not %u%s", i, told[i],
		      expected[i], renamed[i] ? " (it has a new name)" : "");
		check(told_vrf[i] == (devices[i].is_vrf ? told[i] : 0), "VRF %u: %u times", i,
		      told_vrf[i]);
		check(!renamed_at[i], "%u has a new name that is not announced", i);
	}
}

int main(void)
{
	unsigned int i;

	tap_begin();
	shim_boot_ms = 100000;
	nfl_names_init(&names, NULL, NULL, &numbers, NULL);
	for (i = 1; i <= INTERFACES; i++)
		add(i);
	/* what is new at first, and the round in a hurry behind it */
	while (names.pace.hurry) {
		shim_boot_ms += nfl_names_delay(&names);
		nfl_names_export(&names);
	}
	go_round(0);
	test("a round: each name is exported once");
	go_round(EVENTS);
	test("a round with new names: they are exported at once, and not again in that round");
	go_round(0);
	test("the next round: each name is exported once");
	for (i = 0; i < 20; i++)
		go_round(random_below(EVENTS) + 1);
	test("twenty rounds");
	/* the second session begins while the first one gets names */
	nfl_names_begin(&names, 1);
	export_until(jiffies + 10 * NFL_PACE_DELAY);
	nfl_names_begin(&names, 2);
	nfl_names_begin(&names, 3);
	go_round(EVENTS);
	for (i = 1; i <= INTERFACES; i++)
		check(begun[1][i] == 1U + devices[i].is_vrf && begun[2][i] == begun[1][i],
		      "%u: %u and %u times", i, begun[1][i], begun[2][i]);
	test("sessions that begin get each name once, and no other session does");
	nfl_names_forget(&names);
	return tap_end();
}
