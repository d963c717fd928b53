// SPDX-License-Identifier: GPL-2.0-only
/*
 * netflow-exporter - the module's statistics for Prometheus
 *
 * Three outputs: a file for the textfile collector of node_exporter, which needs no change of
 * the configuration of Prometheus; HTTP; or standard output, once.
 */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "http.h"
#include "metrics.h"
#include "statistics.h"

static const char *directory = STATISTICS_DIRECTORY;

static const char help[] =
	"usage: netflow-exporter [OPTION...]\n"
	"Exports the statistics of the module ipt_NETFLOW to Prometheus.\n"
	"\n"
	"  --textfile FILE.prom   write this file at each interval, for the textfile\n"
	"                         collector of node_exporter\n"
	"  --interval S           seconds between two writes of the file (15)\n"
	"  --listen ADDRESS:PORT  serve HTTP: http://ADDRESS:PORT/metrics\n"
	"  --directory DIR        directory of the module's files (" STATISTICS_DIRECTORY ")\n"
	"  --help                 show this text\n"
	"\n"
	"Without --textfile and --listen it writes them to standard output and exits.\n"
	"For details see netflow-exporter(8).\n";

static char *make_page(size_t *length)
{
	char *page = NULL;
	FILE *out = open_memstream(&page, length);

	if (!out || !metrics_write(out, directory))
		err(1, NULL);
	fclose(out);
	return page;
}

/* Write the file under another name and rename it, so that it is never incomplete. */
static bool write_textfile(const char *name)
{
	char temporary[PATH_MAX];
	bool good;
	FILE *out;

	/* node_exporter reads only *.prom, so it ignores the temporary file */
	snprintf(temporary, sizeof(temporary), "%s.%d", name, getpid());
	out = fopen(temporary, "we");
	if (!out) {
		warn("%s", temporary);
		return false;
	}
	good = metrics_write(out, directory) && !fchmod(fileno(out), 0644);
	if (fclose(out) || !good || rename(temporary, name)) {
		warn("%s", name);
		unlink(temporary);
		return false;
	}
	return true;
}

static void check_textfile(const char *name)
{
	const char *ending = strrchr(name, '.');

	if (!ending || strcmp(ending, ".prom"))
		errx(2, "--textfile %s: node_exporter reads only files that end in .prom", name);
	if (strlen(name) + 16 > PATH_MAX)
		errx(2, "--textfile: the name is too long");
}

enum { OPTION_TEXTFILE = COMMAND_OPTION, OPTION_INTERVAL, OPTION_LISTEN, OPTION_DIRECTORY };

static const struct option options[] = {
	{ "textfile", required_argument, NULL, OPTION_TEXTFILE },
	{ "interval", required_argument, NULL, OPTION_INTERVAL },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "directory", required_argument, NULL, OPTION_DIRECTORY },
	COMMAND_HELP,
	{ NULL }
};

static const struct command command = { "netflow-exporter", help, options };

int main(int argc, char **argv)
{
	const char *textfile = NULL, *address = NULL;
	static struct http http;
	double interval = 15;
	int64_t next;
	int option;

	while ((option = command_option(&command, argc, argv)) >= 0) {
		switch (option) {
		case OPTION_TEXTFILE:
			textfile = optarg;
			check_textfile(textfile);
			break;
		case OPTION_INTERVAL:
			interval = command_number("--interval", 1, 86400);
			break;
		case OPTION_LISTEN:
			address = optarg;
			break;
		case OPTION_DIRECTORY:
			directory = optarg;
			break;
		}
	}
	command_end(&command, argc);
	if (!textfile && !address) {
		if (!metrics_write(stdout, directory))
			err(1, "output");
		return 0;
	}

	http_init(&http, make_page);
	if (address)
		http_listen(&http, address);
	/* a missing directory is an error at the start; later the write is retried */
	if (textfile && !write_textfile(textfile))
		return 1;
	for (next = clock_now();;) {
		next += interval * 1e9;
		http_serve(&http, textfile ? next : INT64_MAX);
		write_textfile(textfile);
	}
}
