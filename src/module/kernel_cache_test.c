/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the cache of kernels' BTF, above all of caches that another user prepared. */
#include <dirent.h>
#include <fcntl.h>

#include "module/image_for_test.h"
#include "module/kernel.h"
#include "module/kernel_cache.h"

/* A cache that contains an image. */
struct world {
	char *root;
	const char *directory;
	int image;
	struct cache_key key;
	struct image_btf found;
};

static void world_make(struct world *w)
{
	_cleanup_image_ struct image btf = {};
	_cleanup_free_ char *path = NULL;

	w->root = scratch_new();
	w->directory = strdup(scratch_path(w->root, "xdg/rebtf"));
	assert_true(asprintf(&path, "%s/image", w->root) > 0);
	write_bytes(path, "an image of some kernel", 23);
	w->image = open(path, O_RDWR);
	assert_true(cache_key_make(w->image, &w->key));
	put_btf(&btf, 5, false);
	w->found = (struct image_btf){ .data = btf.data, .size = btf.size, .release = "9.8.7" };
	btf = (struct image){};
}

static void world_release(struct world *w)
{
	scratch_remove(&w->root);
	free((char *)w->directory);
	close(w->image);
	image_btf_release(&w->found);
}

#define _cleanup_world_ _cleanup_(world_release)

/* Whether the cache has the BTF of 5 types for @key. */
static bool has(const struct world *w, const struct cache_key *key)
{
	_cleanup_image_btf_ struct image_btf entry = {};

	assert_ok(kernel_cache_get(w->directory, key, &entry));
	if (!entry.btf)
		return false;
	assert_int_equal(entry.size, w->found.size);
	assert_memory_equal(entry.data, w->found.data, entry.size);
	assert_int_equal(rebtf_btf_type_count(entry.btf), 6);
	assert_string_equal(entry.release, "9.8.7");
	return true;
}

static void put_entry(const struct world *w)
{
	kernel_cache_put(w->directory, &w->key, &w->found);
}

/* The path of the only file in the cache, in a static buffer. NULL: the cache is empty. */
static const char *only_entry(const struct world *w)
{
	static char path[PATH_MAX];
	DIR *dir = opendir(w->directory);
	const struct dirent *entry;
	bool found = false;

	while (dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		assert_false(found);
		found = true;
		snprintf(path, sizeof(path), "%s/%s", w->directory, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found ? path : NULL;
}

static void what_was_found_comes_back(void **state)
{
	_cleanup_world_ struct world w;
	struct stat st;

	(void)state;
	world_make(&w);
	assert_false(has(&w, &w.key));
	put_entry(&w);
	assert_true(has(&w, &w.key));
	/* Other users must not read it either: the image may be readable only for root. */
	assert_int_equal(stat(w.directory, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(only_entry(&w), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	put_entry(&w);
	assert_true(has(&w, &w.key));
	assert_non_null(only_entry(&w));
}

static void another_state_of_the_image_is_another_image(void **state)
{
	_cleanup_world_ struct world w;
	struct timespec times[2];
	struct cache_key key;
	struct stat st;

	(void)state;
	world_make(&w);
	put_entry(&w);
	assert_true(cache_key_make(w.image, &key) && has(&w, &key));
	/* Other contents with the same modification time. */
	assert_int_equal(fstat(w.image, &st), 0);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(pwrite(w.image, "A", 1, 0), 1);
	assert_int_equal(futimens(w.image, times), 0);
	assert_true(cache_key_make(w.image, &key));
	assert_false(has(&w, &key));
	key.changed[0] = w.key.changed[0];
	key.changed[1] = w.key.changed[1];
	assert_false(has(&w, &key));
	/* The same at its end. */
	assert_int_equal(pwrite(w.image, "a", 1, 0), 1);
	assert_int_equal(ftruncate(w.image, 200000), 0);
	assert_true(cache_key_make(w.image, &w.key));
	assert_int_equal(pwrite(w.image, "A", 1, 199999), 1);
	assert_true(cache_key_make(w.image, &key));
	assert_memory_not_equal(key.digest, w.key.digest, sizeof(key.digest));
}

static void only_files_have_a_key(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	struct cache_key key;
	int pair[2], fd;

	(void)state;
	assert_int_equal(pipe(pair), 0);
	assert_false(cache_key_make(pair[0], &key));
	close(pair[0]);
	close(pair[1]);
	fd = open(root, O_RDONLY);
	assert_false(cache_key_make(fd, &key));
	close(fd);
}

/*
 * Each of these makes an entry, or the directory, look like one that another user could have
 * prepared.
 */
static void entries_that_others_could_have_made_do_not_count(void **state)
{
	_cleanup_world_ struct world w;
	char moved[PATH_MAX], path[PATH_MAX];

	(void)state;
	world_make(&w);
	put_entry(&w);
	snprintf(path, sizeof(path), "%s", only_entry(&w));
	snprintf(moved, sizeof(moved), "%s/moved", w.root);

	for (mode_t mode = 0602; mode <= 0620; mode += 0620 - 0602) {
		assert_int_equal(chmod(path, mode), 0);
		assert_false(has(&w, &w.key));
	}
	assert_int_equal(chmod(path, 0600), 0);
	for (mode_t mode = 0702; mode <= 0720; mode += 0720 - 0702) {
		assert_int_equal(chmod(w.directory, mode), 0);
		assert_false(has(&w, &w.key));
	}
	assert_int_equal(chmod(w.directory, 0700), 0);
	assert_true(has(&w, &w.key));

	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(symlink(moved, path), 0);
	assert_false(has(&w, &w.key));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(has(&w, &w.key));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(has(&w, &w.key));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rename(moved, path), 0);
	assert_true(has(&w, &w.key));

	assert_int_equal(rename(w.directory, moved), 0);
	assert_int_equal(symlink(moved, w.directory), 0);
	assert_false(has(&w, &w.key));
	assert_int_equal(unlink(w.directory), 0);
	assert_int_equal(rename(moved, w.directory), 0);
	assert_true(has(&w, &w.key));

	if (geteuid())
		skip();
	assert_int_equal(chown(path, 1, 0), 0);
	assert_false(has(&w, &w.key));
	assert_int_equal(chown(path, 0, 0), 0);
	assert_true(has(&w, &w.key));
	assert_int_equal(chown(w.directory, 1, 0), 0);
	assert_false(has(&w, &w.key));
}

static void nothing_is_written_where_others_could_have_prepared_it(void **state)
{
	char elsewhere[PATH_MAX], parent[PATH_MAX];

	(void)state;
	for (int what = 0; what < 6; what++) {
		_cleanup_world_ struct world w;

		world_make(&w);
		snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", w.root);
		snprintf(parent, sizeof(parent), "%s/xdg", w.root);
		assert_int_equal(mkdir(elsewhere, 0700), 0);
		if (what == 0) {
			/* The parent directory is a link ... */
			assert_int_equal(symlink(elsewhere, parent), 0);
		} else if (what == 1) {
			/* ... or the cache is. */
			assert_int_equal(mkdir(parent, 0700), 0);
			assert_int_equal(symlink(elsewhere, w.directory), 0);
		} else if (what == 2) {
			assert_int_equal(mkdir(parent, 0700), 0);
			write_bytes(w.directory, "", 0);
		} else if (what == 3) {
			assert_int_equal(mkdir(parent, 0700), 0);
			assert_int_equal(mkdir(w.directory, 0700), 0);
			assert_int_equal(chmod(w.directory, 0777), 0);
		} else if (geteuid()) {
			continue;
		} else if (what == 4) {
			/* Root makes no cache in a user's home. */
			assert_int_equal(mkdir(parent, 0700), 0);
			assert_int_equal(chown(parent, 1, 1), 0);
		} else {
			assert_int_equal(chown(w.root, 1, 1), 0);
		}
		put_entry(&w);
		assert_false(has(&w, &w.key));
		assert_int_equal(rmdir(elsewhere), 0);
		if (what == 4)
			assert_int_equal(access(w.directory, F_OK), -1);
		if (what == 5)
			assert_int_equal(access(parent, F_OK), -1);
	}
}

/* A link or another user's file at an entry's name is replaced, and its target stays. */
static void a_link_in_the_way_of_an_entry_is_replaced(void **state)
{
	_cleanup_world_ struct world w;
	const char *victim;
	char path[PATH_MAX];

	(void)state;
	world_make(&w);
	put_entry(&w);
	snprintf(path, sizeof(path), "%s", only_entry(&w));
	victim = scratch_path(w.root, "victim");
	write_bytes(victim, "precious", 8);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(victim, path), 0);
	put_entry(&w);
	assert_true(has(&w, &w.key));
	assert_file_is(victim, "precious", 8);
}

static void entries_that_are_damaged_do_not_count(void **state)
{
	_cleanup_world_ struct world w;
	_cleanup_file_bytes_ struct file_bytes entry = {};
	size_t type;
	char path[PATH_MAX];

	(void)state;
	world_make(&w);
	put_entry(&w);
	snprintf(path, sizeof(path), "%s", only_entry(&w));
	assert_ok(file_read(path, &entry));
	for (size_t size = 0; size < entry.size; size++) {
		write_bytes(path, entry.data, size);
		assert_false(has(&w, &w.key));
	}
	/* The version, the key, an unterminated release, the size, and a kind in the BTF. */
	type = entry.size - w.found.size + 24 + 7;
	for (size_t at = 0; at < entry.size - w.found.size; at++) {
		if (at >= 32 + sizeof(w.key) && at < entry.size - w.found.size - 8)
			continue;
		entry.data[at] ^= 0x7f;
		write_bytes(path, entry.data, entry.size);
		assert_false(has(&w, &w.key));
		entry.data[at] ^= 0x7f;
	}
	memset(entry.data + 32 + sizeof(w.key) + 5, '1', RELEASE_SIZE);
	write_bytes(path, entry.data, entry.size);
	assert_false(has(&w, &w.key));
	entry.data[32 + sizeof(w.key) + 5] = '\0';
	entry.data[type] = 0x7f;
	write_bytes(path, entry.data, entry.size);
	assert_false(has(&w, &w.key));
	put_entry(&w);
	assert_true(has(&w, &w.key));
}

static size_t cache_size(const struct world *w, size_t *count)
{
	DIR *dir = opendir(w->directory);
	const struct dirent *entry;
	size_t size = 0;
	struct stat st;

	*count = 0;
	while ((entry = readdir(dir))) {
		assert_int_equal(fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW), 0);
		size += S_ISREG(st.st_mode) ? (size_t)st.st_size : 0;
		*count += S_ISREG(st.st_mode);
	}
	closedir(dir);
	return size;
}

/* The least recently used entries are removed. */
static void the_cache_stays_small(void **state)
{
	_cleanup_world_ struct world w;
	_cleanup_image_btf_ struct image_btf large = { .size = KERNEL_CACHE_SIZE_MAX / 7 };
	struct cache_key key;
	size_t count;

	(void)state;
	world_make(&w);
	put_entry(&w);
	key = w.key;
	large.data = calloc(1, large.size);
	for (unsigned int i = 0; i < 10; i++) {
		const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

		key.inode++;
		kernel_cache_put(w.directory, &key, &large);
		assert_true(cache_size(&w, &count) <= KERNEL_CACHE_SIZE_MAX);
		nanosleep(&pause, NULL);
		assert_true(has(&w, &w.key));
	}
	assert_int_equal(count, 1 + 6);
	/* An entry that exceeds the limit has no effect. */
	large.size = KERNEL_CACHE_ENTRY_MAX;
	key.inode++;
	kernel_cache_put(w.directory, &key, &large);
	cache_size(&w, &count);
	assert_int_equal(count, 1 + 6);
}

static void what_a_killed_run_left_goes_after_a_day(void **state)
{
	static const char *const names[] = {
		"xdg/rebtf/.tmp-0123456789abcdef0123456789abcdef",
		"xdg/rebtf/.tmp-1123456789abcdef0123456789abcdef",
		"xdg/rebtf/.tmp-not-ours",
	};
	const struct timespec old[2] = { { .tv_sec = 1000000 }, { .tv_sec = 1000000 } };
	_cleanup_world_ struct world w;

	(void)state;
	world_make(&w);
	put_entry(&w);
	for (size_t i = 0; i < 3; i++)
		write_bytes(scratch_path(w.root, names[i]), "x", 1);
	for (size_t i = 1; i < 3; i++)
		assert_int_equal(utimensat(AT_FDCWD, scratch_path(w.root, names[i]), old, 0), 0);
	put_entry(&w);
	assert_int_equal(access(scratch_path(w.root, names[0]), F_OK), 0);
	assert_int_equal(access(scratch_path(w.root, names[1]), F_OK), -1);
	assert_int_equal(access(scratch_path(w.root, names[2]), F_OK), 0);
}

static void a_cache_that_cannot_be_had_is_no_error(void **state)
{
	static const char *const directories[] = {
		"", "/", "rebtf", "/rebtf", "/no/such/directory", "/proc/self/rebtf"
	};
	_cleanup_world_ struct world w;

	(void)state;
	world_make(&w);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		struct image_btf entry = {};

		kernel_cache_put(directories[i], &w.key, &w.found);
		assert_ok(kernel_cache_get(directories[i], &w.key, &entry));
		assert_null(entry.btf);
	}
}

/* An entry with different BTF, which only the cache can have, shows the source. */
static void kernels_come_from_the_cache_if_one_is_named(void **state)
{
	_cleanup_world_ struct world w;
	_cleanup_image_ struct image image = {};
	const char *path;
	struct rebtf_kernel_options options = { .size = sizeof(options) };
	_cleanup_unref_ struct rebtf_btf *first = NULL;
	_cleanup_unref_ struct rebtf_btf *second = NULL;
	_cleanup_unref_ struct rebtf_btf *plain = NULL;

	(void)state;
	world_make(&w);
	path = scratch_path(w.root, "image");
	put_kernel(&image, 20, CODEC_GZIP);
	write_bytes(path, image.data, image.size);
	assert_ok(rebtf_kernel_open(path, &options, &plain));
	assert_int_equal(access(w.directory, F_OK), -1);
	options.cache_dir = w.directory;
	assert_ok(rebtf_kernel_open(path, &options, &first));
	assert_int_equal(rebtf_btf_type_count(first), 21);
	assert_true(cache_key_make(w.image, &w.key));
	put_entry(&w);
	assert_non_null(only_entry(&w));
	assert_ok(rebtf_kernel_open(path, &options, &second));
	assert_int_equal(rebtf_btf_type_count(second), 6);
	assert_string_equal(rebtf_kernel_release(second), "9.8.7");
	assert_string_equal(rebtf_kernel_file(second), path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_found_comes_back),
		cmocka_unit_test(another_state_of_the_image_is_another_image),
		cmocka_unit_test(only_files_have_a_key),
		cmocka_unit_test(entries_that_others_could_have_made_do_not_count),
		cmocka_unit_test(nothing_is_written_where_others_could_have_prepared_it),
		cmocka_unit_test(a_link_in_the_way_of_an_entry_is_replaced),
		cmocka_unit_test(entries_that_are_damaged_do_not_count),
		cmocka_unit_test(the_cache_stays_small),
		cmocka_unit_test(what_a_killed_run_left_goes_after_a_day),
		cmocka_unit_test(a_cache_that_cannot_be_had_is_no_error),
		cmocka_unit_test(kernels_come_from_the_cache_if_one_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
