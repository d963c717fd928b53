// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the file of flows. It is read once, from its beginning to its end, as
 * the kernel makes it; each read is timed, since that is when its lines were true.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "flowfile.h"

/* The kernel gives some kilobytes at a time; a line is far shorter than half of it. */
#define BUFFER_SIZE	131072

static bool __attribute__((format(printf, 2, 3)))
fail(struct flowfile *file, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(file->error, sizeof(file->error), format, list);
	va_end(list);
	file->ended = true;
	return false;
}

/* Read on behind what is left of a line; the line is as old as the read before. */
static void read_more(struct flowfile *file)
{
	ssize_t length;

	if (file->at == file->end)
		file->before = clock_now();
	memmove(file->buffer, file->buffer + file->at, file->end - file->at);
	file->end -= file->at;
	file->at = 0;
	if (file->end == BUFFER_SIZE) {
		fail(file, "a line of the table of flows does not end");
		return;
	}
	length = read(file->fd, file->buffer + file->end, BUFFER_SIZE - file->end);
	file->after = clock_now();
	if (length > 0)
		file->end += length;
	else if (!length)
		file->ended = true;
	else if (errno != EINTR)
		fail(file, "reading the table of flows: %s", strerror(errno));
}

/* The next line, its end cut off; NULL at the file's end. */
static char *next_line(struct flowfile *file)
{
	char *line, *newline;

	for (;;) {
		line = file->buffer + file->at;
		newline = memchr(line, '\n', file->end - file->at);
		if (newline) {
			*newline = '\0';
			file->at = newline + 1 - file->buffer;
			return line;
		}
		if (file->ended)
			return NULL;
		read_more(file);
	}
}

static bool cannot_open(struct flowfile *file, const char *path)
{
	if (errno == ENOENT)
		return fail(file, "the module ipt_NETFLOW is not loaded (there is no %s).\n"
			    "Load it by \"modprobe ipt_NETFLOW\", or by a rule that also gives it packets to\n"
			    "count: \"iptables -I FORWARD -j NETFLOW\".", path);
	if (errno == EACCES || errno == EPERM)
		return fail(file, "only root may read the flows (%s); try \"sudo %s\".", path,
			    program_invocation_short_name);
	return fail(file, "%s: %s", path, strerror(errno));
}

/**
 * flowfile_open() - begin to read the flows
 * @file: to be filled
 * @directory: where the module's statistics are
 *
 * Return: whether that could be done; if not, @error says why, and there is
 * nothing to close.
 */
bool flowfile_open(struct flowfile *file, const char *directory)
{
	char path[PATH_MAX], *line;

	memset(file, 0, sizeof(*file));
	snprintf(path, sizeof(path), "%s/ipt_netflow_flows", directory);
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return cannot_open(file, path);
	file->buffer = malloc(BUFFER_SIZE);
	if (!file->buffer)
		err(1, NULL);
	/* a namespace that never had a rule has no table, and no first line */
	line = next_line(file);
	if (line && !flow_columns_parse(&file->columns, line))
		fail(file, "%s: its first line does not say what the others are", path);
	if (!file->error[0])
		return true;
	flowfile_close(file);
	return false;
}

/**
 * flowfile_next() - the next flow
 * @file: the file; @before and @after are this flow's
 * @flow: to be filled
 *
 * Return: false at the end, or if @error has become something.
 */
bool flowfile_next(struct flowfile *file, struct flow *flow)
{
	char *line;

	while ((line = next_line(file))) {
		if (flow_parse(&file->columns, line, flow))
			return true;
		file->unreadable++;
	}
	return false;
}

void flowfile_close(struct flowfile *file)
{
	close(file->fd);
	free(file->buffer);
}

/**
 * flowfile_hz() - how many jiffies a second has
 * @directory: where the module's statistics are
 *
 * The kernel tells nobody, but the statistics for people have it, in
 * "worker delay 1/HZ [".
 *
 * Return: that, or 0 if it cannot be known.
 */
unsigned int flowfile_hz(const char *directory)
{
	char path[PATH_MAX], *line = NULL, *found;
	unsigned int hz = 0;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/ipt_netflow", directory);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (!hz && getline(&line, &size, file) > 0) {
		found = strstr(line, "worker delay ");
		if (found && sscanf(found, "worker delay %*u/%u [", &hz) != 1)
			hz = 0;
	}
	free(line);
	fclose(file);
	return hz <= 100000 ? hz : 0;
}
