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
 * command_option() - the next option
 * @command: the command line
 * @argc: of main()
 * @argv: of main()
 *
 * Does not return if that is --help, or none that the program has.
 *
 * Return: its number, with its argument in optarg; -1 behind the last one.
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
 * command_end() - refuse words behind the options
 * @command: the command line
 * @argc: of main()
 */
void command_end(const struct command *command, int argc)
{
	if (optind != argc)
		refuse(command);
}

/**
 * command_number() - the argument of the option that was found, as a number
 * @option: the option's name, for who is told that it is none
 * @least: the least that is accepted
 * @most: the most
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
