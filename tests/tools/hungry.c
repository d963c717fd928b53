// SPDX-License-Identifier: GPL-2.0-only
/*
 * hungry - take memory until the kernel kills it for that
 *
 * When hardly anything is left it rests for two seconds, in which nobody can have more.
 *
 * Its own code is locked, so that it never waits for that: what the kernel finds in
 * files' pages becomes this program's for good, and memory runs out soon, also on a
 * machine that is slow to read pages again. What it takes is not: the kernel could not
 * have it back before the program has ended, and would kill another one.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define STEP	(64 << 10)
#define LITTLE	(1536 << 10)

static bool is_little(void)
{
	struct sysinfo info;

	return !sysinfo(&info) && (unsigned long long)info.freeram * info.mem_unit < LITTLE;
}

int main(void)
{
	const int fd = open("/proc/self/oom_score_adj", O_WRONLY);
	bool rested = false;

	if (fd < 0 || write(fd, "1000", 4) != 4)
		err(1, "oom_score_adj");
	if (mlockall(MCL_CURRENT))
		err(1, "mlockall");
	for (;;) {
		void *memory = mmap(NULL, STEP, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory != MAP_FAILED)
			memset(memory, 1, STEP);
		if (!rested && is_little()) {
			sleep(2);
			rested = true;
		}
	}
}
