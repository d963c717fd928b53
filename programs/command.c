// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"

static void __attribute__((noreturn)) refuse(const struct command *command)
{
	fprintf(stderr, "Try \"%s --help\".\n", command->name);
	exit(2);
}

/**
 * command_option() - parse the next option
 * @command: the command line
 * @argc: of main()
 * @argv: of main()
 *
 * Exits the program at --help and at an unknown option.
 *
 * Return: the option's number, with its argument in optarg; -1 after the last option.
 */
int command_option(const struct command *command, int argc, char **argv)
{
	const int option = getopt_long(argc, argv, "h", command->options, NULL);

	if (option == 'h') {
		fputs(command->help, stdout);
		exit(0);
	}
	if (option == '?')
		refuse(command);
	return option;
}

/**
 * command_end() - reject words after the options
 * @command: the command line
 * @argc: of main()
 */
void command_end(const struct command *command, int argc)
{
	if (optind != argc)
		refuse(command);
}

/**
 * command_number() - the argument of the current option as a number
 * @option: name of the option, for the error message
 * @least: minimum
 * @most: maximum
 */
double command_number(const char *option, double least, double most)
{
	double value;
	char *end;

	errno = 0;
	value = strtod(optarg, &end);
	if (errno || end == optarg || *end || !(value >= least && value <= most))
		errx(2, "%s is a number from %g to %.0f, not \"%s\"", option, least, most, optarg);
	return value;
}
