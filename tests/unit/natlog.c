// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log of NAT, event by event: which begins and ends are exported, and how many
 * events are said to be lost, neither more nor less. tests/fuzz/natevents.c has the
 * listener around it, and random events.
 */
#include <linux/slab.h>
#include <net/netlink.h>

#include "shim/listener.h"

#include "../../src/nat/session.c"
#include "../../src/nat/ended.c"
#include "../../src/nat/log.c"

#include "tap.h"

#define STEPS_MAX	14

/**
 * struct step - something that conntrack says
 * @says: "begin" or "end" and a connection: an event; "lose" and how many events; "dump":
 *	its table is asked for, "show" and a connection that is in it, and "dumped";
 *	"took" and how many seconds the dump took, "wait" and seconds, "due": is a dump due?
 *	"alive" and a connection that conntrack has when it is asked after the dump; "poll":
 *	it is asked for sessions that will have no event of their end
 *	"counts": export counters from now on; "times": conntrack stores begins
 *	"clash" and a connection: the end of one that lost the race to be inserted
 *	A connection is a letter for its end points, conntrack's id, the translation's port,
 *	and, where conntrack knows it, "@" and when it began, in milliseconds; if it is ICMP,
 *	"/" and the type
 * @told: what comes of it: + begins and - ends of sessions, by end points and port, in some
 *	scripts "@" and when the session began, "#" if with counters; "lost" and how many
 *	events are said to be lost
 */
struct step {
	const char *says;
	const char *told;
};

/* In the scripts whose name begins with this, the begin of a session is compared, too. */
#define TIMES		"times: "

/* We began to listen at this time, and this is the time now, in milliseconds. */
#define SINCE		50
#define NOW		1000

/* RAM is for so many sessions in the scripts whose name begins with this. */
#define SMALL		"room for two: "
#define SMALL_ROOM	2

static const struct script {
	const char *name;
	bool is_first_dump;	/* else one was read before, of an empty table */
	struct step step[STEPS_MAX];
} scripts[] = {
	{ "a session is reported once", false, {
		{ "begin a11", "+a1" }, { "end a11", "-a1" }, { "end a11", "" },
		{ "begin a21", "+a1" }, { "end a21", "-a1" },
	} },
	{ "an existing session is reported, and is not a loss", true, {
		{ "dump", "" }, { "show a11", "+a1" }, { "show b21", "+b1" },
		{ "end a11", "-a1" }, { "show a11", "" }, { "dumped", "" },
		{ "end b21", "-b1" },
	} },
	{ "a lost begin that is found by the dump", false, {
		{ "lose 1", "" }, { "dump", "" }, { "show a11", "+a1" }, { "dumped", "" },
		{ "end a11", "-a1" },
	} },
	{ "a lost end that is found by the dump", false, {
		{ "begin a11", "+a1" }, { "lose 1", "" }, { "dump", "" }, { "dumped", "-a1" },
	} },
	{ "a lost begin of which the end is received", false, {
		{ "lose 1", "" }, { "end a11", "+a1 -a1" }, { "dump", "" }, { "dumped", "" },
	} },
	{ "a lost session that is not found", false, {
		{ "lose 2", "" }, { "dump", "" }, { "dumped", "lost 2" },
	} },
	{ "two losses, of which the dump finds one", false, {
		{ "begin a11", "+a1" }, { "lose 2", "" }, { "dump", "" },
		{ "dumped", "-a1 lost 1" },
	} },
	{ "counters are exported if they are asked for", false, {
		{ "begin a11", "+a1" }, { "end a11", "-a1" }, { "counts", "" },
		{ "begin a21", "+a1" }, { "end a21", "-a1#" }, { "end b31", "+b1 -b1#" },
	} },
	{ "two kinds of ICMP with the same identifier are two sessions", false, {
		{ "begin a11/8", "+a1" }, { "begin a21/13", "+a1" }, { "lose 1", "" },
		{ "dump", "" }, { "show a21/13", "" }, { "show a11/8", "" }, { "dumped", "lost 1" },
		{ "end a11/8", "-a1" }, { "end a21/13", "-a1" },
	} },
	{ "the end of a connection that lost the race", false, {
		{ "begin a11", "+a1" }, { "clash a22", "+a2 -a2" }, { "clash a22", "" },
		{ "clash a33", "+a3 -a3" }, { "end a11", "-a1" },
	} },
	{ "... after a loss, which it does not explain", false, {
		{ "begin a11", "+a1" }, { "lose 1", "" }, { "clash a22", "+a2 -a2" },
		{ "dump", "" }, { "show a11", "" }, { "clash a33", "+a3 -a3" },
		{ "dumped", "lost 1" }, { "end a11", "-a1" },
	} },
	{ TIMES "it began when conntrack says, or with the one that won", false, {
		{ "begin a11@100", "+a1@100" }, { "clash a22", "+a2@100 -a2@100" },
		{ "clash a33@120", "+a3@120 -a3@120" }, { "end a11@100", "-a1@100" },
		{ "clash a44", "+a4@1000 -a4@1000" },
	} },
	{ "the end of an unknown session is reported once", false, {
		{ "end a11", "+a1 -a1" }, { "end a11", "" }, { "begin a11", "+a1" },
		{ "end a11", "-a1" }, { "end a11", "" }, { "end b21", "+b1 -b1" },
	} },
	{ TIMES "another one with its id is told apart by its begin", false, {
		{ "end a11@100", "+a1@100 -a1@100" }, { "end a11@100", "" },
		{ "end a11@200", "+a1@200 -a1@200" }, { "end a11@100", "" },
	} },
	{ "an unknown end is not taken for a lost begin where begins have no event", false, {
		{ "end b21", "+b1 -b1" }, { "lose 1", "" }, { "end a11", "+a1 -a1" },
		{ "dump", "" }, { "dumped", "lost 1" },
	} },
	{ "... which is corrected when it is noticed", false, {
		{ "lose 1", "" }, { "end a11", "+a1 -a1" }, { "dump", "" }, { "dumped", "" },
		{ "end b21", "+b1 -b1 lost 1" }, { "end c31", "+c1 -c1" },
	} },
	{ "... nor is that of a connection from before we listened", false, {
		{ "lose 1", "" }, { "end a11@40", "+a1 -a1" }, { "dump", "" },
		{ "dumped", "lost 1" },
	} },
	{ "... nor does one whose begin is not known show that begins are silent", false, {
		{ "times", "" }, { "end b21", "+b1 -b1" }, { "lose 1", "" },
		{ "end a11@60", "+a1 -a1" }, { "dump", "" }, { "dumped", "" },
	} },
	{ "an unknown end leaves a session that an event began", false, {
		{ "begin a11", "+a1" }, { "lose 2", "" }, { "end a22", "+a2 -a2" }, { "dump", "" },
		{ "end a33", "+a3 -a3" }, { "show a11", "" }, { "dumped", "" },
		{ "end a11", "-a1" },
	} },
	{ "... and one that the dump has shown", false, {
		{ "lose 3", "" }, { "dump", "" }, { "show a11", "+a1" }, { "end a22", "+a2 -a2" },
		{ "dumped", "lost 1" }, { "end a11", "-a1" },
	} },
	{ "... but is not reported where it would look like the end of that session", false, {
		{ "begin a11", "+a1" }, { "lose 1", "" }, { "end a21", "lost 2" }, { "dump", "" },
		{ "show a11", "" }, { "dumped", "lost 1" }, { "end a11", "-a1" },
	} },
	{ "the begin and the end of a session are lost, and found by two dumps", false, {
		{ "lose 1", "" }, { "dump", "" }, { "lose 1", "" }, { "show a11@60", "+a1" },
		{ "dumped", "" }, { "dump", "" }, { "dumped", "-a1" },
	} },
	{ "an event after the dump shows that a begin was not lost", false, {
		{ "lose 2", "" }, { "dump", "" }, { "show a11", "+a1" }, { "show b21", "+b1" },
		{ "dumped", "" }, { "begin b21", "lost 1" }, { "end a11", "-a1" },
		{ "end b21", "-b1" },
	} },
	{ "a dump that lacks connections ends no session that conntrack has", false, {
		{ "begin a11", "+a1" }, { "begin b21", "+b1" }, { "lose 1", "" }, { "dump", "" },
		{ "alive a11", "" }, { "dumped", "-b1" }, { "end a11", "-a1" },
	} },
	{ "... and finds another one that has the end points of a session", false, {
		{ "begin a11", "+a1" }, { "lose 2", "" }, { "dump", "" }, { "alive a22", "" },
		{ "dumped", "-a1 +a2" }, { "end a22", "-a2" },
	} },
	{ "a session from before we listened is looked up", true, {
		{ "dump", "" }, { "show a11@40", "+a1" }, { "show b21@60", "+b1" },
		{ "show c31", "+c1" }, { "dumped", "" }, { "alive a11@40", "" }, { "poll", "-c1" },
		{ "poll", "-a1" }, { "poll", "" }, { "end b21@60", "-b1" },
	} },
	{ "... and is not looked up any more when conntrack says it began later", true, {
		{ "dump", "" }, { "show a11", "+a1" }, { "dumped", "" }, { "alive a11@60", "" },
		{ "poll", "" }, { "poll", "" }, { "end a11@60", "-a1" },
	} },
	{ "an unknown end is reported in every case", false, {
		{ "begin b21", "+b1" }, { "end b21", "-b1" }, { "lose 1", "" },
		{ "end a11", "+a1 -a1" }, { "end b21", "" }, { "dump", "" }, { "end b21", "" },
		{ "dumped", "" }, { "end b21", "" },
	} },
	{ "... and does not hide a loss during the dump", false, {
		{ "begin b21", "+b1" }, { "end b21", "-b1" }, { "lose 1", "" }, { "dump", "" },
		{ "end a11", "+a1 -a1" }, { "end b21", "" }, { "lose 1", "" },
		{ "dumped", "" }, { "dump", "" }, { "dumped", "lost 1" },
	} },
	{ "an event of a session that the dump has found was not lost", false, {
		{ "lose 1", "" }, { "dump", "" }, { "show a11", "+a1" }, { "begin a11", "" },
		{ "dumped", "lost 1" }, { "end a11", "-a1" },
	} },
	{ "... so an unknown end may belong to the loss", false, {
		{ "lose 1", "" }, { "dump", "" }, { "show b21", "+b1" },
		{ "end a11", "+a1 -a1" }, { "begin b21", "" }, { "dumped", "" },
		{ "end b21", "-b1" },
	} },
	{ "an id is used again with another translation after a lost end", false, {
		{ "begin a11", "+a1" }, { "lose 1", "" }, { "begin a12", "-a1 +a2" },
		{ "dump", "" }, { "show a12", "" }, { "dumped", "" }, { "end a12", "-a2" },
	} },
	{ "the same, and the begin was lost, too", false, {
		{ "begin a11", "+a1" }, { "lose 2", "" }, { "dump", "" },
		{ "show a12", "-a1 +a2" }, { "dumped", "" }, { "end a12", "-a2" },
	} },
	{ "the same, and its end is received before the dump", false, {
		{ "begin a11", "+a1" }, { "lose 2", "" }, { "end a12", "-a1 +a2 -a2" },
		{ "dump", "" }, { "dumped", "" },
	} },
	{ "end points are used again with another id after a lost end", false, {
		{ "begin a11", "+a1" }, { "lose 1", "" }, { "begin a21", "-a1 +a1" },
		{ "dump", "" }, { "show a21", "" }, { "dumped", "" }, { "end a21", "-a1" },
	} },
	{ SMALL "the begin of a third is reported with its end", false, {
		{ "begin a11", "+a1" }, { "begin b21", "+b1" }, { "begin c31", "" },
		{ "dump", "" }, { "show a11", "" }, { "show b21", "" }, { "show c31", "" },
		{ "dumped", "" }, { "end a11", "-a1" }, { "end c31", "+c1 -c1" },
		{ "end b21", "-b1" }, { "dump", "" }, { "dumped", "" },
	} },
	{ SMALL "one refused after the other does not postpone the dump", false, {
		{ "begin a11", "+a1" }, { "begin b21", "+b1" }, { "begin c31", "" },
		{ "wait 3", "" }, { "begin d41", "" }, { "wait 3", "" }, { "due", "due" },
		{ "dump", "" }, { "show a11", "" }, { "dumped", "-b1 lost 1" },
		{ "end a11", "-a1" },
	} },
	{ SMALL "a dump that takes long is not repeated soon", false, {
		{ "begin a11", "+a1" }, { "begin b21", "+b1" }, { "took 1", "" },
		{ "begin c31", "" }, { "wait 19", "" }, { "due", "not due" }, { "wait 1", "" },
		{ "due", "due" }, { "dump", "" }, { "show a11", "" }, { "show b21", "" },
		{ "dumped", "lost 1" }, { "end a11", "-a1" }, { "end b21", "-b1" },
	} },
};

static struct nfl_natlog natlog;
static char told[64];
static bool compare_times;
static struct nfl_connection alive[2];
static unsigned int alive_count;

static void __attribute__((format(printf, 1, 2))) tell(const char *format, ...)
{
	const size_t length = strlen(told);
	va_list list;

	assert(length + 2 < sizeof(told));
	if (length)
		strcat(told, " ");
	va_start(list, format);
	vsnprintf(told + strlen(told), sizeof(told) - strlen(told), format, list);
	va_end(list);
}

bool nfl_log_append_event(struct nfl_log *log, const struct nfl_nat_record *record)
{
	const char *counts = record->has_counters ? "#" : "";
	char begin[24] = "";

	if (record->has_counters)
		check(record->octets[0] == 1000 && record->octets[1] == 2000 &&
		      record->packets[0] == 10 && record->packets[1] == 20, "wrong counters");
	if (compare_times)
		snprintf(begin, sizeof(begin), "@%llu", (unsigned long long)record->start);
	tell("%c%c%c%s%s", record->event == NFL_NAT44_SESSION_CREATE ? '+' : '-',
	     ntohs(record->before->source_port), ntohs(record->after->source_port), begin,
	     counts);
	return true;
}

void nfl_log_lose_events(struct nfl_log *log, u64 events)
{
	tell("lost %llu", (unsigned long long)events);
}

/* As the listener looks up sessions: conntrack has the connections that were named. */
static void look_up(void)
{
	const struct nfl_connection *connection;
	struct nfl_natsession *session;

	do {
		while ((session = nfl_natlog_doubtful(&natlog))) {
			for (connection = alive; connection < alive + alive_count; connection++) {
				if (connection->before.source_port ==
				    session->key.before.source_port)
					break;
			}
			nfl_natlog_looked_up(&natlog, session,
					     connection < alive + alive_count ? connection : NULL);
		}
	} while (!nfl_natlog_clear(&natlog, true, 1));
	check(!nfl_natlog_doubts(&natlog), "something is left to do");
	alive_count = 0;
}

/* As the listener begins a dump and ends it. */
static void dump_begins(void)
{
	natlog.dump_needed = false;
	natlog.shown = 0;
	natlog.round++;
	natlog.dumping = true;
}

static void dump_ends(void)
{
	nfl_natlog_dumped(&natlog, true);
	look_up();
}

static void poll(void)
{
	natlog.polling = natlog.unwatched_count;
	look_up();
}

static void say(const char *what)
{
	char word[8], of[12] = "";
	struct nfl_connection connection;
	unsigned int start = 0, type = 0;

	check(sscanf(what, "%7s %11s", word, of) >= 1, "\"%s\" has no word", what);
	if (sscanf(of, "%*3s@%u", &start) != 1)
		start = 0;
	if (sscanf(of, "%*3s/%u", &type) != 1)
		type = 0;
	connection = (struct nfl_connection) {
		.family = AF_INET, .protocol = type ? IPPROTO_ICMP : IPPROTO_UDP,
		.id = of[1], .is_translated = true,
		.before.source_port = htons(of[0]), .after.source_port = htons(of[2]),
		.start = start, .icmp = type << 8,
		.has_counters = true, .packets = { 10, 20 }, .octets = { 1000, 2000 },
	};
	connection.is_clash = !strcmp(word, "clash");
	if (!strcmp(word, "begin"))
		nfl_natlog_begins(&natlog, &connection);
	else if (!strcmp(word, "end") || !strcmp(word, "clash"))
		nfl_natlog_ends(&natlog, &connection);
	else if (!strcmp(word, "show"))
		nfl_natlog_exists(&natlog, &connection);
	else if (!strcmp(word, "times"))
		natlog.times = true;
	else if (!strcmp(word, "counts"))
		natlog.counts = true;
	else if (!strcmp(word, "alive"))
		alive[alive_count++] = connection;
	else if (!strcmp(word, "lose"))
		nfl_natlog_lost(&natlog, atoi(of));
	else if (!strcmp(word, "took"))
		natlog.dump_took = atoi(of) * HZ;
	else if (!strcmp(word, "wait"))
		shim_boot_ms += atoi(of) * 1000;
	else if (!strcmp(word, "due"))
		tell(natlog.dump_needed && time_after_eq(jiffies, natlog.dump_retry) ? "due" :
										       "not due");
	else if (!strcmp(word, "dump"))
		dump_begins();
	else if (!strcmp(word, "dumped"))
		dump_ends();
	else if (!strcmp(word, "poll"))
		poll();
	else
		abort();
}

static void run(const struct script *script)
{
	unsigned int i;

	memset(&natlog, 0, sizeof(natlog));
	/* a 32nd of RAM, and 200 octets for each */
	shim_totalram_pages = strncmp(script->name, SMALL, strlen(SMALL)) ? 262144 :
			      DIV_ROUND_UP(SMALL_ROOM * 200 * 32, PAGE_SIZE);
	shim_real_ns = SINCE * 1000000ULL;
	if (nfl_natlog_begin(&natlog))
		abort();
	nfl_natlog_listens(&natlog, true, false);
	shim_real_ns = NOW * 1000000ULL;
	compare_times = !strncmp(script->name, TIMES, strlen(TIMES));
	if (!script->is_first_dump) {
		dump_begins();
		dump_ends();
	}
	for (i = 0; i < STEPS_MAX && script->step[i].says; i++) {
		told[0] = '\0';
		say(script->step[i].says);
		check(!strcmp(told, script->step[i].told), "%s: \"%s\", not \"%s\"",
		      script->step[i].says, told, script->step[i].told);
	}
	check(natlog.started == natlog.stopped, "%llu began, %llu ended",
	      natlog.started, natlog.stopped);
	check(!natlog.sessions.table.first && !natlog.unwatched_count &&
	      !natlog.missing && !natlog.made_up, "something is left");
	nfl_natlog_end(&natlog);
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("%s", script->name);
}

int main(void)
{
	unsigned int i;

	tap_begin();
	for (i = 0; i < ARRAY_SIZE(scripts); i++)
		run(&scripts[i]);
	return tap_end();
}
