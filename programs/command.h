/* SPDX-License-Identifier: GPL-2.0-only */
/* A program's command line: what all programs have in common there. */
#ifndef PROGRAMS_COMMAND_H
#define PROGRAMS_COMMAND_H

#include <getopt.h>

/* The numbers of a program's own options begin here. */
#define COMMAND_OPTION	256

/* Among the options of each. */
#define COMMAND_HELP	{ "help", no_argument, NULL, 'h' }

/**
 * struct command - a command line
 * @name: the program's
 * @help: what --help says
 * @options: the options, all of them long
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
