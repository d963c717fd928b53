// SPDX-License-Identifier: GPL-2.0-only
/*
 * netflow-top - the current flows and their rates
 *
 * It reads the module's table of flows every few seconds and shows the changes in a
 * terminal, as text or as JSON.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "names.h"
#include "top.h"

#define DEFAULT_ROWS	25

static const char help[] =
	"usage: netflow-top [OPTION...] [FILTER...]\n"
	"Shows the current flows of the module ipt_NETFLOW, fastest first.\n"
	"\n"
	"  --by WHAT         what a line shows: flow (default), source, destination, address,\n"
	"                    port, protocol, interface\n"
	"  --sort WHAT       order by rate (bits per second, default), packet-rate, octets,\n"
	"                    packets, flows\n"
	"  --interval S      seconds between two reads (2)\n"
	"  --count N         exit after N reads\n"
	"  --once            read once and exit; there are no rates\n"
	"  --rows N          number of lines of text or JSON (25), 0 for all\n"
	"  --plain           write text; the default if the output is not a terminal\n"
	"  --json            write a JSON document for each read, on one line\n"
	"  --directory DIR   directory of the module's files (" STATISTICS_DIRECTORY ")\n"
	"  --help            show this text\n"
	"\n"
	"FILTER: [not] [src|dst] host ADDRESS | net ADDRESS/BITS | port PORT[-PORT],\n"
	"  proto NAME, interface NAME, in NAME, out NAME, ip, ip6\n"
	"  A flow must match all of these. A value may be a list with commas; one of it must match.\n"
	"In a terminal \"?\" tells the keys. More is in netflow-top(8).\n";

static unsigned int choice(const char *option, const char *const *names, unsigned int count,
			   const char *text)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!strcmp(names[i], text))
			return i;
	}
	fprintf(stderr, "netflow-top: %s is one of", option);
	for (i = 0; i < count; i++)
		fprintf(stderr, "%s %s", i ? "," : "", names[i]);
	fprintf(stderr, "; not \"%s\"\n", text);
	exit(2);
}

static void read_or_end(struct top *top)
{
	if (!top_read(top))
		errx(1, "%s", top->table.error);
}

/* Write text or JSON after each read. Rates need two reads, so --once has none. */
static void write_all(struct top *top, void (*write)(const struct top *top))
{
	unsigned long done;

	read_or_end(top);
	for (done = 0; !top->count || done < top->count; done++) {
		if (!top->once) {
			top_wait(top);
			read_or_end(top);
		}
		view_select(&top->view, top->rows ?: UINT32_MAX);
		write(top);
		if (fflush(stdout) || ferror(stdout))
			err(1, "output");
	}
}

static void add_word(struct top *top, const char *word)
{
	const size_t length = strlen(top->filter_text);

	if (length + strlen(word) + 2 > sizeof(top->filter_text))
		errx(2, "the filter is too long");
	if (length)
		strcat(top->filter_text, " ");
	strcat(top->filter_text, word);
}

enum {
	OPTION_BY = COMMAND_OPTION, OPTION_SORT, OPTION_INTERVAL, OPTION_COUNT, OPTION_ONCE,
	OPTION_ROWS, OPTION_PLAIN, OPTION_JSON, OPTION_DIRECTORY,
};

static const struct option options[] = {
	{ "by", required_argument, NULL, OPTION_BY },
	{ "sort", required_argument, NULL, OPTION_SORT },
	{ "interval", required_argument, NULL, OPTION_INTERVAL },
	{ "count", required_argument, NULL, OPTION_COUNT },
	{ "once", no_argument, NULL, OPTION_ONCE },
	{ "rows", required_argument, NULL, OPTION_ROWS },
	{ "plain", no_argument, NULL, OPTION_PLAIN },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "directory", required_argument, NULL, OPTION_DIRECTORY },
	COMMAND_HELP,
	{ NULL }
};

static const struct command command = { "netflow-top", help, options };

int main(int argc, char **argv)
{
	struct top top = {
		.directory = STATISTICS_DIRECTORY,
		.interval = 2,
		.rows = DEFAULT_ROWS,
	};
	enum view_sort sort = SORT_RATE;
	enum view_by by = BY_FLOW;
	bool plain = false, json = false;
	char error[512];
	int option;

	while ((option = command_option(&command, argc, argv)) >= 0) {
		switch (option) {
		case OPTION_BY:
			by = choice("--by", view_by_names, BY_COUNT, optarg);
			break;
		case OPTION_SORT:
			sort = choice("--sort", view_sort_names, SORT_COUNT, optarg);
			break;
		case OPTION_INTERVAL:
			top.interval = command_number("--interval", INTERVAL_LEAST,
						      INTERVAL_MOST);
			break;
		case OPTION_COUNT:
			top.count = command_number("--count", 1, 1e9);
			break;
		case OPTION_ONCE:
			top.once = true;
			break;
		case OPTION_ROWS:
			top.rows = command_number("--rows", 0, 1e9);
			break;
		case OPTION_PLAIN:
			plain = true;
			break;
		case OPTION_JSON:
			json = true;
			break;
		case OPTION_DIRECTORY:
			top.directory = optarg;
			break;
		}
	}
	if (top.once)
		top.count = 1;
	for (; optind < argc; optind++)
		add_word(&top, argv[optind]);
	if (!filter_parse(&top.filter, top.filter_text, error, sizeof(error)))
		errx(2, "%s", error);

	flowtable_init(&top.table, top.directory);
	view_init(&top.view, by, sort);
	if (json) {
		write_all(&top, json_write);
	} else if (plain || top.once || !isatty(STDOUT_FILENO)) {
		write_all(&top, plain_write);
	} else {
		/* a read that fails at the start is an error; later reads are retried */
		read_or_end(&top);
		screen_run(&top);
	}
	view_free(&top.view);
	flowtable_free(&top.table);
	filter_free(&top.filter);
	return 0;
}
