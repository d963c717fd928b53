// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "settings.h"
#include "statistics.h"

/**
 * setting_read() - read a setting
 * @directory: directory of the settings
 * @name: the sysctl's name
 * @text: buffer
 *
 * Return: 0 or a negative errno.
 */
int setting_read(const char *directory, const char *name, char text[SETTING_SIZE])
{
	return line_read(directory, name, text, SETTING_SIZE) ? 0 : -errno;
}

/**
 * setting_write() - change a setting
 * @directory: directory of the settings
 * @name: the sysctl's name
 * @text: the new value
 *
 * Return: 0 or a negative errno: -EINVAL for a value that the module rejects.
 */
int setting_write(const char *directory, const char *name, const char *text)
{
	char path[PATH_MAX], line[SETTING_SIZE + 1];
	const int length = snprintf(line, sizeof(line), "%s\n", text);
	int fd, error = 0;

	if (length >= (int)sizeof(line))
		return -EINVAL;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, line, length) != length)
		error = -errno;
	close(fd);
	return error;
}
