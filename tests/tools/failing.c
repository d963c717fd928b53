// SPDX-License-Identifier: GPL-2.0-only
/*
 * failing - repeat an operation with another failing allocation each time
 *
 * The kernel fails the n-th allocation of a task that asks for it (fail-nth). The
 * operation is run with the first allocation failing, then with the second, and so
 * on, until a run needs fewer allocations than n. Each of its allocations has failed
 * once then. The operations are
 *
 *	load MODULE OPTIONS	load the module; it is removed after each run
 *	write FILE TEXT BACK	write a setting; BACK is written after each run
 *	read FILE		read a file to its end
 *	meter			in a new network namespace for each run: hooks mode,
 *				packets of new flows, their export
 *
 * The result is printed as "allocations 123 of 123 refused 45". "refused" counts runs
 * in which the operation returned an error, which is correct. With FAILING_STEP=N in
 * the environment only every N-th allocation is tried, starting with FAILING_FROM. With
 * FAILING_COUNT=1 the operation is run once without a failure, and its result is ignored.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* More packets than a ring has slots, so that flows are created in the context of this task. */
#define PACKETS		80

/* More allocations than any operation makes. */
#define COUNT_FROM	1000000

static const char *argument[3];
static int nth_fd, home, collector;

static void nth_set(unsigned int n)
{
	char text[16];
	const int length = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(nth_fd, text, length, 0) != length)
		err(1, "fail-nth");
}

/* Return the remaining value of fail-nth: 0 if an allocation has failed. */
static unsigned int nth_left(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 1)
		err(1, "fail-nth");
	return strtoul(text, NULL, 10);
}

static bool file_write(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY);
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return good;
}

static bool load(void)
{
	const int fd = open(argument[0], O_RDONLY);
	bool good;

	if (fd < 0)
		return false;
	good = !syscall(SYS_finit_module, fd, argument[1], 0);
	close(fd);
	return good;
}

static void unload(void)
{
	/* ENOENT: the module may not be loaded */
	if (syscall(SYS_delete_module, "ipt_NETFLOW", O_NONBLOCK) && errno != ENOENT)
		err(1, "the module does not go");
}

static bool write_setting(void)
{
	return file_write(argument[0], argument[1]);
}

static void write_back(void)
{
	if (!file_write(argument[0], argument[2]))
		err(1, "%s: %s", argument[0], argument[2]);
}

static bool read_file(void)
{
	const int fd = open(argument[0], O_RDONLY);
	static char buffer[65536];
	ssize_t n = 1;

	if (fd < 0)
		return false;
	while (n > 0)
		n = read(fd, buffer, sizeof(buffer));
	close(fd);
	return !n;
}

static void nothing(void)
{
}

static bool loopback_up(int fd)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	return !ioctl(fd, SIOCSIFFLAGS, &ifr);
}

/* Send flows of both families. A packet that cannot be sent may or may not have been metered. */
static bool send_packets(int fd4, int fd6)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	bool good = true;

	to4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < PACKETS; i++) {
		to4.sin_port = htons(10000 + i);
		to6.sin6_port = to4.sin_port;
		/* the error is the ICMP response to the previous packet: the port is closed */
		if (sendto(fd4, "", 1, 0, (void *)&to4, sizeof(to4)) < 0)
			good &= errno == ECONNREFUSED;
		if (sendto(fd6, "", 1, 0, (void *)&to6, sizeof(to6)) < 0)
			good &= errno == ECONNREFUSED;
	}
	return good;
}

static bool meter_packets(void)
{
	const int fd4 = socket(AF_INET, SOCK_DGRAM, 0);
	const int fd6 = socket(AF_INET6, SOCK_DGRAM, 0);
	bool good;

	good = fd4 >= 0 && fd6 >= 0 &&
	       file_write("/proc/sys/net/netflow/hooks", "output") && send_packets(fd4, fd6);
	if (fd4 >= 0)
		close(fd4);
	if (fd6 >= 0)
		close(fd6);
	return good;
}

static bool flush_flows(void)
{
	return file_write("/proc/sys/net/netflow/flush", "1");
}

/* The namespace was created before the first allocation that may fail, see below. */
static bool meter(void)
{
	return meter_packets() && flush_flows();
}

/* The namespace has a collector, so that a flush need not wait. The collector does not read. */
static void namespace_enter(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(2055) };

	if (unshare(CLONE_NEWNET))
		err(1, "a network namespace");
	collector = socket(AF_INET, SOCK_DGRAM, 0);
	if (collector < 0 || !loopback_up(collector) ||
	    bind(collector, (void *)&at, sizeof(at)))
		err(1, "a collector");
}

/* As namespace_enter(), with flows in the table. */
static void namespace_meter(void)
{
	namespace_enter();
	if (!meter_packets())
		err(1, "flows");
}

static void namespace_leave(void)
{
	close(collector);
	if (setns(home, CLONE_NEWNET))
		err(1, "back to the first namespace");
}

static const struct thing {
	const char *name;
	int arguments;
	void (*before)(void);
	bool (*perform)(void);
	void (*after)(void);
} things[] = {
	{ "load", 2, nothing, load, unload },
	{ "write", 3, nothing, write_setting, write_back },
	{ "read", 1, nothing, read_file, nothing },
	{ "meter", 0, namespace_enter, meter, namespace_leave },
	{ "flush", 0, namespace_meter, flush_flows, namespace_leave },
};

static unsigned int number(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	const unsigned int step = number("FAILING_STEP", 1);
	const bool count = number("FAILING_COUNT", 0);
	unsigned int n = count ? COUNT_FROM : number("FAILING_FROM", 1);
	unsigned int tried = 0, refused = 0, left = 0;
	const struct thing *thing = NULL;

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		if (argc > 1 && !strcmp(argv[1], things[i].name) &&
		    argc == 2 + things[i].arguments)
			thing = &things[i];
	}
	if (!thing)
		errx(2, "usage: failing %s",
		     "load MODULE OPTIONS|write FILE TEXT BACK|read FILE|meter|flush");
	for (int i = 0; i < thing->arguments; i++)
		argument[i] = argv[2 + i];
	nth_fd = open("/proc/self/fail-nth", O_RDWR);
	home = open("/proc/self/ns/net", O_RDONLY);
	if (nth_fd < 0 || home < 0)
		err(1, "a kernel with fault injection");
	for (; !left; n += step) {
		bool good;

		thing->before();
		nth_set(n);
		good = thing->perform();
		left = nth_left();
		nth_set(0);
		thing->after();
		tried += !left;
		refused += !good;
		if (left && !good && !count)
			errx(1, "%s fails, and no allocation has", thing->name);
	}
	printf("allocations %u of %u refused %u\n", tried, n - step - left, refused);
	return 0;
}
