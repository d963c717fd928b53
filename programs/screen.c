// SPDX-License-Identifier: GPL-2.0-only
/*
 * A view in a terminal. It is redrawn after each read and after each key. A key takes effect
 * at once, on the flows of the last read.
 */
#include <ctype.h>
#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <string.h>

#include "clock.h"
#include "lines.h"
#include "names.h"
#include "top.h"

#define HEAD_LINES	3
#define NANOSECONDS	1e9

/* The help for the keys. */
static const char *const help[] = {
	"f  single flows              r  most bits a second first",
	"s  by source address         k  most packets a second first",
	"d  by destination address    o  most octets first",
	"a  by address, either end    p  most packets first",
	"t  by port, either end       n  most flows first",
	"c  by protocol",
	"i  by interface",
	"",
	"/  a filter: [not] [src|dst] host ADDRESS | net ADDRESS/BITS | port PORT[-PORT],",
	"   proto NAME, interface NAME, in NAME, out NAME, ip, ip6; all must hold, and",
	"   of several values with commas between them one",
	"+ -  read less often, more often",
	"space  pause                 up, down, page up, page down, home  scroll",
	"q  quit                      any key  leave this help",
	"",
	"Octets and packets are those in the table: since a flow's last record. Rates",
	"are of the time between the last two looks.",
};

static const char keys[] =
	"   fsdatci rows   rkopn order   / filter   space pause   ? help   q quit";

/* State of the display, in addition to the view. */
static struct {
	uint32_t first;		/* number of the row on the first line */
	bool paused;
	bool help;
	bool typing;		/* a filter is being typed */
	char typed[FILTER_SIZE];
	char message[LINE_SIZE];	/* shown in the last line until the next key */
} shown;

static volatile sig_atomic_t ending;

static void on_signal(int signal)
{
	ending = signal;
}

static unsigned int room(void)
{
	const int lines = getmaxy(stdscr);

	return lines > HEAD_LINES + 1 ? lines - HEAD_LINES - 1 : 0;
}

static void put_line(int y, const char *text)
{
	move(y, 0);
	clrtoeol();
	addnstr(text, COLS);
}

static void put_bar(int y, const char *text)
{
	attron(A_REVERSE);
	mvprintw(y, 0, "%-*.*s", COLS, COLS, text);
	attroff(A_REVERSE);
}

static void draw_title(const struct top *top)
{
	char line[LINE_SIZE];

	snprintf(line, sizeof(line), "netflow-top  by %s, every %g s%s%s%s",
		 view_by_names[top->view.by], top->interval, shown.paused ? "  PAUSED" : "",
		 top->filter_text[0] ? "  filter: " : "", top->filter_text);
	put_line(0, line);
	lines_summary(&top->view, "", line);
	put_line(1, line);
}

static void draw_rows(const struct top *top)
{
	const struct view *view = &top->view;
	char line[LINE_SIZE];
	unsigned int y;

	lines_header(view, COLS, line);
	put_bar(2, line);
	for (y = 0; y < room() && shown.first + y < view->top_count; y++) {
		lines_row(view, &view->top[shown.first + y], COLS, line);
		put_line(HEAD_LINES + y, line);
	}
}

static void draw_help(void)
{
	unsigned int y;

	put_bar(2, "Keys");
	for (y = 0; y < room() && y < sizeof(help) / sizeof(help[0]); y++)
		put_line(HEAD_LINES + y, help[y]);
}

static void draw_foot(const struct top *top)
{
	char line[LINE_SIZE];

	curs_set(shown.typing);
	if (shown.typing) {
		snprintf(line, sizeof(line), "filter: %s", shown.typed);
		put_line(LINES - 1, line);
		return;
	}
	if (shown.message[0]) {
		put_line(LINES - 1, shown.message);
		return;
	}
	if (top->table.error[0])
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(top->table.error, "\n"),
			 top->table.error);
	else if (top->table.unreadable)
		snprintf(line, sizeof(line), "%lu lines of the table could not be understood",
			 top->table.unreadable);
	else
		snprintf(line, sizeof(line), "%u of %u%s", shown.first + (top->view.top_count != 0),
			 top->view.count, keys);
	put_bar(LINES - 1, line);
}

static void draw(struct top *top)
{
	const uint32_t last = top->view.count > room() ? top->view.count - room() : 0;

	if (shown.first > last)
		shown.first = last;
	view_select(&top->view, shown.first + room());
	erase();
	draw_title(top);
	if (shown.help)
		draw_help();
	else
		draw_rows(top);
	draw_foot(top);
	refresh();
}

static void show_by(struct top *top, enum view_by by)
{
	top->view.by = by;
	if (by == BY_FLOW && top->view.sort == SORT_FLOWS)
		top->view.sort = SORT_RATE;
	shown.first = 0;
	view_build(&top->view, &top->table);
}

static void set_filter(struct top *top)
{
	struct filter filter;

	if (!filter_parse(&filter, shown.typed, shown.message, sizeof(shown.message)))
		return;
	filter_free(&top->filter);
	top->filter = filter;
	strcpy(top->filter_text, shown.typed);
	flowtable_forget(&top->table);
	shown.first = 0;
	top_read(top);
}

/* Handle a key while a filter is typed. */
static void type(struct top *top, int key)
{
	const size_t length = strlen(shown.typed);

	switch (key) {
	case '\n':
	case '\r':
	case KEY_ENTER:
		shown.typing = false;
		set_filter(top);
		break;
	case 27:	/* escape */
		shown.typing = false;
		break;
	case KEY_BACKSPACE:
	case 127:
	case '\b':
		if (length)
			shown.typed[length - 1] = '\0';
		break;
	case 'U' - '@':		/* control-U */
		shown.typed[0] = '\0';
		break;
	default:
		if (key < 128 && isprint(key) && length + 1 < sizeof(shown.typed)) {
			shown.typed[length] = key;
			shown.typed[length + 1] = '\0';
		}
	}
}

/* The keys that choose the rows and the keys that choose the order. */
static const struct {
	int key;
	enum view_by by;
} by_keys[] = {
	{ 'f', BY_FLOW },
	{ 's', BY_SOURCE },
	{ 'd', BY_DESTINATION },
	{ 'a', BY_ADDRESS },
	{ 't', BY_PORT },
	{ 'c', BY_PROTOCOL },
	{ 'i', BY_INTERFACE },
};

static const struct {
	int key;
	enum view_sort sort;
} sort_keys[] = {
	{ 'r', SORT_RATE },
	{ 'k', SORT_PACKET_RATE },
	{ 'o', SORT_OCTETS },
	{ 'p', SORT_PACKETS },
	{ 'n', SORT_FLOWS },
};

static void choose(struct top *top, int key)
{
	unsigned int i;

	for (i = 0; i < sizeof(by_keys) / sizeof(by_keys[0]); i++) {
		if (by_keys[i].key == key)
			show_by(top, by_keys[i].by);
	}
	for (i = 0; i < sizeof(sort_keys) / sizeof(sort_keys[0]); i++) {
		if (sort_keys[i].key == key)
			top->view.sort = sort_keys[i].sort;
	}
}

static void scroll_by(int rows)
{
	shown.first = rows < 0 && shown.first < (uint32_t)-rows ? 0 : shown.first + rows;
}

static void set_interval(struct top *top, double interval)
{
	if (interval >= INTERVAL_LEAST && interval <= INTERVAL_MOST)
		top->interval = interval;
}

/* Handle a key. Return false if it ends the program. */
static bool press(struct top *top, int key)
{
	shown.message[0] = '\0';
	if (key == KEY_RESIZE)
		return true;
	if (shown.typing) {
		type(top, key);
		return true;
	}
	if (shown.help && key != 'q') {
		shown.help = false;
		return true;
	}
	switch (key) {
	case 'q':
		return false;
	case '?':
	case 'h':
		shown.help = true;
		break;
	case '/':
		shown.typing = true;
		strcpy(shown.typed, top->filter_text);
		break;
	case ' ':
		shown.paused = !shown.paused;
		break;
	case '+':
		set_interval(top, top->interval * 2);
		break;
	case '-':
		set_interval(top, top->interval / 2);
		break;
	case KEY_UP:
		scroll_by(-1);
		break;
	case KEY_DOWN:
		scroll_by(1);
		break;
	case KEY_PPAGE:
		scroll_by(-(int)room());
		break;
	case KEY_NPAGE:
		scroll_by(room());
		break;
	case KEY_HOME:
		shown.first = 0;
		break;
	default:
		choose(top, key);
	}
	return true;
}

/* Handle keys until the next read is due. Return false if the program is to end. */
static bool wait_for_keys(struct top *top)
{
	int64_t left;
	bool due;
	int key;

	for (;;) {
		left = top->table.begin + top->interval * NANOSECONDS - clock_now();
		if (ending)
			return false;
		/* keys are handled even if reading takes the whole interval */
		due = left <= 0 && !shown.paused;
		/* wait in short steps, because a signal may not end getch() */
		timeout(due ? 0 : shown.paused || left > 500000000 ? 500 : left / 1000000 + 1);
		key = getch();
		if (key == ERR && due)
			return true;
		if (key == ERR)
			continue;
		if (!press(top, key))
			return false;
		draw(top);
	}
}

/* Show the view, already read, until the user, the count or a signal ends the program. */
void screen_run(struct top *top)
{
	const struct sigaction action = { .sa_handler = on_signal };
	unsigned long left = top->count;

	setlocale(LC_ALL, "");
	initscr();
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	draw(top);
	while (wait_for_keys(top)) {
		top_read(top);
		draw(top);
		if (left && !--left)
			break;
	}
	endwin();
}
