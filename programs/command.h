/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of the command line that all programs share. */
#ifndef PROGRAMS_COMMAND_H
#define PROGRAMS_COMMAND_H

#include <getopt.h>

/* First number of a program's own options. */
#define COMMAND_OPTION	256

/* An option of every program. */
#define COMMAND_HELP	{ "help", no_argument, NULL, 'h' }

/**
 * struct command - a command line
 * @name: name of the program
 * @help: text of --help
 * @options: the options, which are all long options
 */
struct command {
	const char *name;
	const char *help;
	const struct option *options;
};

int command_option(const struct command *command, int argc, char **argv);
void command_end(const struct command *command, int argc);
double command_number(const char *option, double least, double most);

#endif /* PROGRAMS_COMMAND_H */
