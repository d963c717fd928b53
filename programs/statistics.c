// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parser of the machine-readable statistics. The length of the file depends on the number
 * of CPUs and destinations. Lines and words of a later version are skipped, and a line
 * that lacks a word is ignored.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "statistics.h"

/* indexed by enum statistics_value */
static const char *const value_names[] = {
#define X(text, name) text,
	STATISTICS_VALUES(X)
#undef X
};

/* Parse an integer, or a number with two decimals, which is returned in hundredths. */
static bool parse_value(const char *word, uint64_t *value)
{
	unsigned long long whole;
	char *end;

	if (!word || !isdigit((unsigned char)*word))
		return false;
	errno = 0;
	whole = strtoull(word, &end, 10);
	if (errno)
		return false;
	*value = whole;
	if (!*end)
		return true;
	if (end[0] != '.' || !isdigit((unsigned char)end[1]) || !isdigit((unsigned char)end[2]) ||
	    end[3] || whole > UINT64_MAX / 100 - 1)
		return false;
	*value = whole * 100 + (end[1] - '0') * 10 + (end[2] - '0');
	return true;
}

static bool parse_values(char **rest, uint64_t *value, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!parse_value(strtok_r(NULL, " ", rest), &value[i]))
			return false;
	}
	return true;
}

/* Parse the number N of a name that consists of @prefix and N. */
static bool parse_number(const char *name, const char *prefix, uint32_t *number)
{
	const size_t length = strlen(prefix);
	uint64_t value;

	if (strncmp(name, prefix, length) || strchr(name, '.') ||
	    !parse_value(name + length, &value) || value > INT32_MAX)
		return false;
	*number = value;
	return true;
}

static void *grow(void *array, size_t count, size_t size)
{
	array = realloc(array, (count + 1) * size);
	if (!array)
		err(1, NULL);
	return array;
}

static void parse_cpu(struct statistics *statistics, uint32_t number, char **rest)
{
	struct statistics_cpu cpu = { .number = number };

	if (!parse_values(rest, cpu.value, CPU_VALUES_COUNT))
		return;
	statistics->cpus = grow(statistics->cpus, statistics->cpus_count, sizeof(cpu));
	statistics->cpus[statistics->cpus_count++] = cpu;
}

static void parse_destination(struct statistics *statistics, uint32_t number, char **rest)
{
	struct statistics_destination destination = { .number = number };
	const char *text = strtok_r(NULL, " ", rest);

	if (!text || strlen(text) >= sizeof(destination.text))
		return;
	strcpy(destination.text, text);
	if (!parse_values(rest, destination.value, DESTINATION_VALUES_COUNT))
		return;
	statistics->destinations = grow(statistics->destinations, statistics->destinations_count,
					sizeof(destination));
	statistics->destinations[statistics->destinations_count++] = destination;
}

static void parse_line(struct statistics *statistics, char *line)
{
	char *rest = line, *name;
	uint32_t number;
	unsigned int i;

	line[strcspn(line, "\n")] = '\0';
	name = strtok_r(NULL, " ", &rest);
	if (!name)
		return;
	if (parse_number(name, "cpu", &number)) {
		parse_cpu(statistics, number, &rest);
		return;
	}
	if (parse_number(name, "sock", &number)) {
		parse_destination(statistics, number, &rest);
		return;
	}
	for (i = 0; i < STATISTICS_VALUES_COUNT; i++) {
		if (!strcmp(name, value_names[i]))
			statistics->has[i] = parse_values(&rest, &statistics->value[i], 1);
	}
}

/**
 * statistics_parse() - parse the file
 * @statistics: the statistics, filled in here
 * @file: the file; it is read to its end
 */
void statistics_parse(struct statistics *statistics, FILE *file)
{
	char *line = NULL;
	size_t size = 0;

	memset(statistics, 0, sizeof(*statistics));
	while (getline(&line, &size, file) > 0)
		parse_line(statistics, line);
	free(line);
}

/**
 * statistics_read() - read the file
 * @statistics: the statistics, filled in here
 * @directory: directory of the module's statistics
 *
 * Return: true if the file could be opened; errno is set otherwise.
 */
bool statistics_read(struct statistics *statistics, const char *directory)
{
	char path[PATH_MAX];
	FILE *file;

	memset(statistics, 0, sizeof(*statistics));
	snprintf(path, sizeof(path), "%s/ipt_netflow_snmp", directory);
	file = fopen(path, "re");
	if (!file)
		return false;
	statistics_parse(statistics, file);
	fclose(file);
	return true;
}

void statistics_free(struct statistics *statistics)
{
	free(statistics->cpus);
	free(statistics->destinations);
	memset(statistics, 0, sizeof(*statistics));
}

/**
 * line_read() - read the first line of a file, such as a setting
 * @directory: directory of the file
 * @name: name of the file
 * @line: buffer for the line without its newline
 * @size: size of @line
 *
 * Return: true if the file could be read; errno is set otherwise.
 */
bool line_read(const char *directory, const char *name, char *line, size_t size)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, size, file))
		*line = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return true;
}
