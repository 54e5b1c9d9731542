/* SPDX-License-Identifier: MIT */
/*
 * printf(3) formatting for the kernel: flags "-0+ #", width and precision
 * (also '*'), lengths hh h l ll z t, conversions d i u x X o c s p %.
 * A NULL string prints as (null); there is no floating point.
 */
#include <ikos/kernel.h>
#include <ikos/string.h>

enum {
	LEFT = 1,
	ZERO = 2,
	PLUS = 4,
	SPACE = 8,
	ALT = 16,
	UPPER = 32,
	SIGNED = 64,
};

struct spec {
	unsigned int flags;
	int width;
	int precision; /* -1: none given */
	unsigned int base;
	unsigned int bytes; /* of the integer argument */
};

struct out {
	char *buf;
	size_t size, len; /* len counts what did not fit, too */
};

static void put(struct out *o, char c)
{
	if (o->len < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_string(struct out *o, const char *s, const struct spec *sp)
{
	size_t max = sp->precision < 0 ? (size_t)-1 : (size_t)sp->precision;
	size_t n;

	if (!s)
		s = "(null)";
	n = strnlen(s, max);
	if (!(sp->flags & LEFT))
		pad(o, ' ', sp->width - (int)n);
	for (size_t i = 0; i < n; i++)
		put(o, s[i]);
	if (sp->flags & LEFT)
		pad(o, ' ', sp->width - (int)n);
}

/* Digits of @v, last first, into @tmp; their number. */
static int digits(char *tmp, u64 v, const struct spec *sp)
{
	const char *set =
		sp->flags & UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0;

	for (; v; v /= sp->base)
		tmp[n++] = set[v % sp->base];
	if (!n && sp->precision != 0)
		tmp[n++] = '0';
	return n;
}

static const char *number_prefix(u64 *v, const struct spec *sp)
{
	if (sp->flags & SIGNED) {
		if ((s64)*v < 0) {
			*v = -*v;
			return "-";
		}
		return sp->flags & PLUS ? "+" : sp->flags & SPACE ? " " : "";
	}
	if (!(sp->flags & ALT) || !*v)
		return "";
	if (sp->base == 16)
		return sp->flags & UPPER ? "0X" : "0x";
	return sp->base == 8 ? "0" : "";
}

static void put_number(struct out *o, u64 v, const struct spec *sp)
{
	const char *prefix = number_prefix(&v, sp);
	char tmp[64];
	int n = digits(tmp, v, sp);
	int zeroes = sp->precision > n ? sp->precision - n : 0;
	int fill = sp->width - (int)strlen(prefix) - zeroes - n;

	if (sp->flags & ZERO && !(sp->flags & LEFT) && sp->precision < 0) {
		zeroes = max(fill, 0);
		fill = 0;
	}
	if (!(sp->flags & LEFT))
		pad(o, ' ', fill);
	for (; *prefix; prefix++)
		put(o, *prefix);
	pad(o, '0', zeroes);
	while (n)
		put(o, tmp[--n]);
	if (sp->flags & LEFT)
		pad(o, ' ', fill);
}

static const char *parse_flags(const char *f, struct spec *sp)
{
	for (;; f++) {
		switch (*f) {
		case '-':
			sp->flags |= LEFT;
			break;
		case '0':
			sp->flags |= ZERO;
			break;
		case '+':
			sp->flags |= PLUS;
			break;
		case ' ':
			sp->flags |= SPACE;
			break;
		case '#':
			sp->flags |= ALT;
			break;
		default:
			return f;
		}
	}
}

static const char *parse_length(const char *f, struct spec *sp)
{
	sp->bytes = 4;
	if (f[0] == 'h') {
		sp->bytes = f[1] == 'h' ? 1 : 2;
		return f + (f[1] == 'h' ? 2 : 1);
	}
	if (f[0] == 'l' || f[0] == 'z' || f[0] == 't' || f[0] == 'j') {
		sp->bytes = 8;
		return f + (f[0] == 'l' && f[1] == 'l' ? 2 : 1);
	}
	return f;
}

/* What the conversion character says about a number. */
static bool parse_conversion(char c, struct spec *sp)
{
	switch (c) {
	case 'd':
	case 'i':
		sp->flags |= SIGNED;
		sp->base = 10;
		return true;
	case 'u':
		sp->base = 10;
		return true;
	case 'o':
		sp->base = 8;
		return true;
	case 'X':
		sp->flags |= UPPER;
		sp->base = 16;
		return true;
	case 'x':
		sp->base = 16;
		return true;
	default:
		return false;
	}
}

/* Cut the argument to the width that was asked for, keeping its sign. */
static u64 narrow(u64 v, const struct spec *sp)
{
	unsigned int shift = 64 - 8 * sp->bytes;

	if (sp->flags & SIGNED)
		return (u64)((s64)(v << shift) >> shift);
	return v << shift >> shift;
}

/* The caller's arguments, where helpers can take the next one. */
struct args {
	__builtin_va_list ap;
};

static const char *parse_count(const char *f, int *count, struct args *args)
{
	if (*f == '*') {
		*count = __builtin_va_arg(args->ap, int);
		return f + 1;
	}
	for (*count = 0; *f >= '0' && *f <= '9'; f++)
		*count = *count * 10 + *f - '0';
	return f;
}

/* Everything between the percent sign and the conversion character. */
static const char *parse_spec(const char *f, struct spec *sp, struct args *args)
{
	f = parse_flags(f, sp);
	f = parse_count(f, &sp->width, args);
	if (sp->width < 0) {
		sp->flags |= LEFT;
		sp->width = -sp->width;
	}
	if (*f == '.')
		f = parse_count(f + 1, &sp->precision, args);
	return parse_length(f, sp);
}

static void put_char(struct out *o, char c, struct spec *sp)
{
	char text[2] = { c, 0 };

	sp->precision = -1;
	if (c)
		put_string(o, text, sp);
	else
		put(o, c);
}

static void put_pointer(struct out *o, u64 v, struct spec *sp)
{
	sp->base = 16;
	sp->width = 16;
	sp->flags |= ZERO;
	put_number(o, v, sp);
}

/* Print one argument. False: @c is no conversion. */
static bool convert(struct out *o, char c, struct spec *sp, struct args *args)
{
	u64 v;

	if (parse_conversion(c, sp)) {
		v = sp->bytes == 8 ? __builtin_va_arg(args->ap, u64)
				   : __builtin_va_arg(args->ap, u32);
		put_number(o, narrow(v, sp), sp);
		return true;
	}
	switch (c) {
	case 's':
		put_string(o, __builtin_va_arg(args->ap, const char *), sp);
		return true;
	case 'c':
		put_char(o, (char)__builtin_va_arg(args->ap, int), sp);
		return true;
	case 'p':
		put_pointer(o, __builtin_va_arg(args->ap, u64), sp);
		return true;
	case '%':
		put(o, '%');
		return true;
	default:
		return false;
	}
}

/**
 * vsnprintf - format into a buffer
 * @buf: where to; always terminated when @size is not 0
 * @size: bytes of @buf
 * @fmt: see the head of the file
 *
 * Context: any. Return: the length the whole text has, without its end; it
 * was cut when that is @size or more. Follows vsnprintf(3).
 */
int vsnprintf(char *buf, size_t size, const char *fmt, __builtin_va_list ap)
{
	struct out o = { buf, size, 0 };
	struct args args;

	__builtin_va_copy(args.ap, ap);
	for (; *fmt; fmt++) {
		struct spec sp = { .precision = -1 };

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &sp, &args);
		if (!convert(&o, *fmt, &sp, &args))
			break; /* not a format: stop there */
	}
	__builtin_va_end(args.ap);
	if (size)
		buf[min(o.len, size - 1)] = '\0';
	return (int)o.len;
}

/**
 * snprintf - vsnprintf() with its arguments in place
 */
int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	__builtin_va_list ap;
	int n;

	__builtin_va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	__builtin_va_end(ap);
	return n;
}
