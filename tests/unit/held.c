// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that count if they are not seen again: a frame that is forgotten, one that is not,
 * frames of two packets, and what a sampler selects of them.
 */
#define SHIM_CPUS	1

#include "cpus.h"

static void batch_arrived(struct nfl_batch_queue *queue)
{
}

/* Calls are not used here. */
unsigned int nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument)
{
	abort();
}

static bool hold_packet(const struct metered *metered, bool more)
{
	static struct sk_buff skb;

	skb.protocol = htons(nfl_family_is_ipv4(metered->family) ? ETH_P_IP : ETH_P_IPV6);
	parsing = metered;
	return nfl_meter_hold(&flows, &skb, NF_INET_INGRESS, 1, more);
}

static u64 count_of(enum nfl_cpu_counter counter)
{
	return percpu[0].stats.counter[counter].v;
}

/* Have so many packets and octets been added to flows? */
static void added(u64 packets, u64 octets)
{
	nfl_rings_work_off(&percpu[0]);
	check(count_of(NFL_SEEN_PACKETS) == packets && count_of(NFL_SEEN_OCTETS) == octets,
	      "%llu packets, %llu octets", (unsigned long long)count_of(NFL_SEEN_PACKETS),
	      (unsigned long long)count_of(NFL_SEEN_OCTETS));
}

static void stop(void)
{
	struct llist_node *node;

	nfl_handover_publish(&percpu[0]);
	node = nfl_batch_queue_take(&queue);
	while (node) {
		struct nfl_batch *batch = llist_entry(node, struct nfl_batch, node);

		node = node->next;
		nfl_batch_free(&queue, batch);
	}
	flows_stop();
}

static const struct metered ipv4 = { .family = NFL_IPV4, .number = 1, .packets = 1, .octets = 100 };
static const struct metered ipv6 = { .family = NFL_IPV6, .number = 2, .packets = 1, .octets = 60 };
static const struct metered segments = {
	.family = NFL_IPV4, .number = 3, .packets = 5, .octets = 5000,
};

static void test_forget(void)
{
	flows_start(1 << 20);
	hold_packet(&ipv4, false);
	check(nfl_cpu_has_packets(&percpu[0]), "it is no packet of the CPU");
	check(percpu[0].armed == NFL_TIMER_RING, "no timer will count it");
	nfl_meter_forget(&flows);
	check(!nfl_cpu_has_packets(&percpu[0]), "it is still there");
	added(0, 0);
	test("a packet that is forgotten does not count");
	hold_packet(&ipv4, false);
	added(1, 100);
	added(1, 100);
	test("a packet that is not forgotten counts once");
	hold_packet(&ipv6, false);
	hold_packet(&segments, false);
	nfl_meter_forget(&flows);
	added(2, 160);
	test("the next frame counts the last one");
	hold_packet(&ipv4, false);
	hold_packet(&ipv4, true);
	added(4, 360);
	hold_packet(&ipv4, false);
	hold_packet(&ipv6, true);
	nfl_meter_forget(&flows);
	added(4, 360);
	test("the packets of a frame count or are forgotten together");
	hold_packet(&ipv4, false);
	meter_packet(&ipv4);
	nfl_meter_forget(&flows);
	added(5, 460);
	test("what is metered in between counts");
	stop();
}

static void test_many(void)
{
	int i;

	flows_start(1 << 20);
	for (i = 0; i < 10 * NFL_RING4; i++)
		hold_packet(&segments, false);
	added(50 * NFL_RING4, 50000 * NFL_RING4);
	test("more than a ring has slots, of several segments each");
	stop();
}

static void test_wide(void)
{
	flows_start(1 << 20);
	flows.wanted = BIT(0);
	nfl_enrich_key = true;
	hold_packet(&ipv6, false);
	added(1, 60);
	check(percpu[0].tables[NFL_IPV6_WIDE].live == 1, "it is in another table");
	nfl_enrich_key = false;
	test("with extra fields it is in the table of wide flows");
	stop();
}

static void test_sampler(void)
{
	int i;

	flows_start(1 << 20);
	nfl_sampling_use(&flows, nfl_selector(NFL_SELECT_PACKETS, 2));
	for (i = 0; i < 20; i++) {
		hold_packet(&ipv4, false);
		if (i % 2)
			nfl_meter_forget(&flows);
	}
	nfl_rings_work_off(&percpu[0]);
	check(count_of(NFL_SEEN_PACKETS) == 10, "%llu were seen",
	      (unsigned long long)count_of(NFL_SEEN_PACKETS));
	check(count_of(NFL_UNSAMPLED_PACKETS) == 5 && count_of(NFL_UNSAMPLED_OCTETS) == 500,
	      "%llu were not selected", (unsigned long long)count_of(NFL_UNSAMPLED_PACKETS));
	nfl_sampling_use(&flows, 0);
	test("a sampler sees only packets that count");
	stop();
}

static void test_closed(void)
{
	flows_start(1 << 20);
	flows.closed = true;
	check(!hold_packet(&ipv4, false) && !nfl_cpu_has_packets(&percpu[0]), "it was held");
	test("nothing is held while the namespace is removed");
	stop();
}

int main(void)
{
	tap_begin();
	test_forget();
	test_many();
	test_wide();
	test_sampler();
	test_closed();
	return tap_end();
}
