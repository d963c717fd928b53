// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the file of flows, once from its beginning to its end: the kernel generates it while it is
 * read. The time of each read() is kept, because a line describes its flow at that time.
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

/* The kernel returns a few kilobytes per read(); a line is much shorter than half of that. */
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

/*
 * Read more after the part of a line that is in the buffer. If there is such a part, the line is as
 * old as the previous read().
 */
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

/* Return the next line without its newline, or NULL at the end of the file. */
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
 * flowfile_open() - open the file of flows and parse its first line
 * @file: the file, filled in here
 * @directory: directory of the module's statistics
 *
 * Return: true on success. On failure @error has the reason, and the file need
 * not be closed.
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
	/* in a namespace that never had a rule the file is empty: it has no first line */
	line = next_line(file);
	if (line && !flow_columns_parse(&file->columns, line))
		fail(file, "%s: its first line does not say what the others are", path);
	if (!file->error[0])
		return true;
	flowfile_close(file);
	return false;
}

/**
 * flowfile_next() - read the next flow
 * @file: the file; its @before and @after are set for this flow
 * @flow: the flow, filled in here
 *
 * Return: false at the end of the file, or on failure with the reason in @error.
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
 * flowfile_hz() - find the number of jiffies per second
 * @directory: directory of the module's statistics
 *
 * The kernel does not export HZ. The human-readable statistics contain it, in
 * "worker delay 1/HZ [".
 *
 * Return: HZ, or 0 if it is unknown.
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
