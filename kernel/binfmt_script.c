/* SPDX-License-Identifier: MIT */
/*
 * Scripts: a first line "#! interpreter [argument]". What follows the
 * interpreter's name is one argument, spaces inside included; spaces and tabs
 * around it are not part of it. The line must end within the first 256 bytes,
 * or at least the interpreter's name must: execve(2).
 */
#include <ikos/binfmt.h>
#include <ikos/err.h>
#include <ikos/fs.h>
#include <ikos/string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *s, const char *end)
{
	while (s < end && is_blank(*s))
		s++;
	return s;
}

/* The first blank or NUL from @s on, or @end. */
static const char *word_end(const char *s, const char *end)
{
	while (s < end && *s && !is_blank(*s))
		s++;
	return s;
}

struct script_line {
	const char *name, *name_end;
	const char *arg, *arg_end; /* equal: none */
};

static int parse_line(const char *buf, struct script_line *line)
{
	const char *end = memchr(buf, '\n', BINPRM_BUF_SIZE);
	const char *name;

	if (!end) {
		/* Cut off: good enough if the name is whole. */
		end = buf + BINPRM_BUF_SIZE;
		name = skip_blanks(buf + 2, end);
		if (word_end(name, end) == end)
			return -ENOEXEC;
	}
	while (end > buf + 2 && is_blank(end[-1]))
		end--;
	name = skip_blanks(buf + 2, end);
	line->name = name;
	line->name_end = word_end(name, end);
	if (line->name == line->name_end)
		return -ENOEXEC;
	line->arg = skip_blanks(line->name_end, end);
	line->arg_end =
		line->arg + strnlen(line->arg, (size_t)(end - line->arg));
	return 0;
}

/* interpreter [argument] script arguments… */
static int rewrite_args(struct linux_binprm *bprm, const char *script,
			const struct script_line *line)
{
	int err;

	exec_drop_first_arg(bprm);
	err = exec_push_prefix(bprm, script, strlen(script));
	if (!err && line->arg < line->arg_end)
		err = exec_push_prefix(bprm, line->arg,
				       (size_t)(line->arg_end - line->arg));
	if (!err)
		err = exec_push_prefix(bprm, line->name,
				       (size_t)(line->name_end - line->name));
	return err;
}

/**
 * load_script - go on with a script's interpreter
 *
 * On success bprm->file is the interpreter and the arguments are rewritten.
 * Return: 0; -ENOEXEC: no script, or no name in its line; -E2BIG, -ENOMEM, or
 * what opening the interpreter gives.
 */
int load_script(struct linux_binprm *bprm)
{
	/* Of a nested interpreter the name is what it was called by. */
	const char *script = bprm->nr_prefix ? bprm->interp : bprm->filename;
	struct script_line line;
	struct file *file;
	int err;

	if (bprm->buf[0] != '#' || bprm->buf[1] != '!')
		return -ENOEXEC;
	err = parse_line(bprm->buf, &line);
	if (!err)
		err = rewrite_args(bprm, script, &line);
	if (err)
		return err;
	memcpy(bprm->interp, line.name, (size_t)(line.name_end - line.name));
	bprm->interp[line.name_end - line.name] = '\0';
	file = open_exec(bprm->interp);
	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	fput(bprm->file);
	bprm->file = file;
	return 0;
}
