#define _GNU_SOURCE /* O_DIRECTORY, strdup under c11 */
#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

/* Each test has a folder of its own and works in it. */
static char folder[] = "/tmp/hr-test-file-XXXXXX";

static void enter_folder(void)
{
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    char command[2 * sizeof folder + 40];
    snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", folder, folder);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, strlen(text), file), strlen(text));
    ck_assert_int_eq(fclose(file), 0);
}

static void expect_text(const char *path, const char *text)
{
    struct hr_bytes bytes = {0};
    struct hr_error err = {0};
    ck_assert_msg(hr_file_read(path, &bytes, &err), "%s: %s", path, err.message);
    ck_assert_uint_eq(bytes.size, strlen(text));
    ck_assert_mem_eq(bytes.data != NULL ? bytes.data : "", text, bytes.size);
    hr_bytes_finish(&bytes);
}

static size_t count_entries(const char *path)
{
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    size_t count = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            count++;
        }
    }
    closedir(dir);
    return count;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    ck_assert_int_eq(lstat(path, &st), 0);
    return st.st_mode;
}

static bool replace(const char *path, const char *text, struct hr_error *err)
{
    return hr_file_replace(path, text, strlen(text), err);
}

START_TEST(a_new_file_gets_the_mode_of_the_umask)
{
    struct hr_error err = {0};
    umask(027);
    ck_assert(replace("new.py", "x = 1\n", &err));
    expect_text("new.py", "x = 1\n");
    ck_assert_uint_eq(mode_of("new.py"), S_IFREG | 0640);
    ck_assert_uint_eq(umask(022), 027);
    ck_assert_uint_eq(count_entries("."), 1);
}
END_TEST

START_TEST(an_old_file_keeps_its_mode)
{
    struct hr_error err = {0};
    put("old.py", "old\n");
    ck_assert_int_eq(chmod("old.py", 0751), 0);
    ck_assert(replace("old.py", "new\n", &err));
    expect_text("old.py", "new\n");
    ck_assert_uint_eq(mode_of("old.py"), S_IFREG | 0751);
    ck_assert_uint_eq(count_entries("."), 1);
}
END_TEST

START_TEST(an_old_file_keeps_its_owner)
{
    struct hr_error err = {0};
    /* Only root may give a file away; its own it keeps in any case. */
    uid_t uid = getuid() == 0 ? 12345 : getuid();
    gid_t gid = getuid() == 0 ? 23456 : getgid();
    put("old.py", "old\n");
    ck_assert_int_eq(chown("old.py", uid, gid), 0);
    ck_assert(replace("old.py", "new\n", &err));
    struct stat st;
    ck_assert_int_eq(stat("old.py", &st), 0);
    ck_assert_uint_eq(st.st_uid, uid);
    ck_assert_uint_eq(st.st_gid, gid);
}
END_TEST

START_TEST(a_symlink_stays_one)
{
    struct hr_error err = {0};
    ck_assert_int_eq(mkdir("real", 0755), 0);
    put("real/target.py", "old\n");
    ck_assert_int_eq(symlink("real/target.py", "middle.py"), 0);
    ck_assert_int_eq(symlink("middle.py", "link.py"), 0);
    ck_assert(replace("link.py", "new\n", &err));
    ck_assert(S_ISLNK(mode_of("link.py")));
    ck_assert(S_ISLNK(mode_of("middle.py")));
    ck_assert(S_ISREG(mode_of("real/target.py")));
    expect_text("real/target.py", "new\n");
    ck_assert_uint_eq(count_entries("real"), 1);
    ck_assert_uint_eq(count_entries("."), 3);
}
END_TEST

START_TEST(empty_and_nul_bytes)
{
    struct hr_error err = {0};
    ck_assert(hr_file_replace("a.py", "x\0y\n", 4, &err));
    struct hr_bytes bytes = {0};
    ck_assert(hr_file_read("a.py", &bytes, &err));
    ck_assert_uint_eq(bytes.size, 4);
    ck_assert_mem_eq(bytes.data, "x\0y\n", 4);
    ck_assert(hr_file_replace("a.py", "", 0, &err));
    ck_assert(hr_file_read("a.py", &bytes, &err)); /* appends */
    ck_assert_uint_eq(bytes.size, 4);
    hr_bytes_finish(&bytes);
}
END_TEST

/* Root may write anywhere, so these run as somebody else. */
static void run_as_nobody(bool (*body)(void))
{
    ck_assert_int_eq(chmod(".", 0777), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(9);
        }
        _exit(body() ? 0 : 1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x",
                  (unsigned)status);
}

static bool refused(const char *path)
{
    struct hr_error err = {0};
    return !replace(path, "new\n", &err) && err.kind == HR_ERROR_IO &&
           strstr(err.message, "Permission denied") != NULL;
}

static bool refused_in_read_only_folder(void)
{
    return refused("locked/old.py");
}

START_TEST(a_read_only_folder_is_left_as_it_is)
{
    ck_assert_int_eq(mkdir("locked", 0755), 0);
    put("locked/old.py", "old\n");
    ck_assert_int_eq(chmod("locked/old.py", 0666), 0);
    ck_assert_int_eq(chmod("locked", 0555), 0);
    run_as_nobody(refused_in_read_only_folder);
    expect_text("locked/old.py", "old\n");
    ck_assert_uint_eq(count_entries("locked"), 1);
}
END_TEST

static bool refused_on_read_only_file(void)
{
    return refused("old.py");
}

START_TEST(a_read_only_file_is_left_as_it_is)
{
    put("old.py", "old\n");
    ck_assert_int_eq(chmod("old.py", 0444), 0);
    run_as_nobody(refused_on_read_only_file);
    expect_text("old.py", "old\n");
    ck_assert_uint_eq(count_entries("."), 1);
}
END_TEST

static bool too_large(void)
{
    struct rlimit limit = {4096, 4096};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return false;
    }
    static char data[100000];
    memset(data, 'x', sizeof data);
    struct hr_error err = {0};
    return !hr_file_replace("old.py", data, sizeof data, &err) &&
           err.kind == HR_ERROR_IO && strstr(err.message, "File too large") != NULL;
}

START_TEST(a_failed_write_leaves_the_old_file)
{
    put("old.py", "old\n");
    ck_assert_int_eq(chmod("old.py", 0666), 0);
    run_as_nobody(too_large);
    expect_text("old.py", "old\n");
    ck_assert_uint_eq(count_entries("."), 1);
}
END_TEST

START_TEST(only_a_regular_file_is_replaced)
{
    struct hr_error err = {0};
    ck_assert_int_eq(mkdir("folder", 0755), 0);
    ck_assert(!replace("folder", "new\n", &err));
    ck_assert_int_eq(err.kind, HR_ERROR_IO);
    ck_assert_int_eq(mkfifo("pipe", 0644), 0);
    ck_assert(!replace("pipe", "new\n", &err));
    ck_assert_str_eq(err.message, "cannot write: not a regular file");
    ck_assert(S_ISFIFO(mode_of("pipe")));
    ck_assert(!replace("no/such/folder.py", "new\n", &err));
    ck_assert_int_eq(err.kind, HR_ERROR_IO);
    ck_assert_uint_eq(count_entries("."), 2);
}
END_TEST

START_TEST(a_dangling_symlink_stays_one)
{
    struct hr_error err = {0};
    ck_assert_int_eq(mkdir("real", 0755), 0);
    ck_assert_int_eq(symlink("real/later.py", "link.py"), 0);
    ck_assert(replace("link.py", "new\n", &err));
    expect_text("real/later.py", "new\n");
    ck_assert(S_ISLNK(mode_of("link.py")));
    ck_assert_uint_eq(count_entries("."), 2);
    ck_assert_int_eq(symlink("loop.py", "loop.py"), 0);
    ck_assert(!replace("loop.py", "new\n", &err));
    ck_assert_int_eq(err.kind, HR_ERROR_IO);
}
END_TEST

START_TEST(pieces_take_their_place_together)
{
    struct hr_error err = {0};
    struct hr_replacement file;
    put("old.py", "old\n");
    ck_assert(hr_replacement_open(&file, "old.py", &err));
    ck_assert(hr_replacement_put(&file, "n", 1, &err));
    expect_text("old.py", "old\n");
    hr_replacement_finish(&file);
    ck_assert_uint_eq(count_entries("."), 1);
    ck_assert(hr_replacement_open(&file, "old.py", &err));
    ck_assert(hr_replacement_put(&file, "n", 1, &err));
    ck_assert(hr_replacement_put(&file, "ew\n", 3, &err));
    ck_assert(hr_replacement_commit(&file, &err));
    hr_replacement_finish(&file);
    expect_text("old.py", "new\n");
    ck_assert_uint_eq(count_entries("."), 1);
}
END_TEST

START_TEST(a_file_that_was_not_there)
{
    struct hr_error err = {0};
    struct hr_replacement file;
    umask(027);
    for (int executable = 0; executable < 2; executable++) {
        ck_assert(hr_replacement_open_new(&file, "new.py", executable, &err));
        ck_assert(hr_replacement_put(&file, "x\n", 2, &err));
        ck_assert_int_ne(access("new.py", F_OK), 0);
        ck_assert(hr_replacement_commit(&file, &err));
        hr_replacement_finish(&file);
        expect_text("new.py", "x\n");
        ck_assert_uint_eq(mode_of("new.py"), S_IFREG | (executable ? 0750 : 0640));
        ck_assert_int_eq(unlink("new.py"), 0);
    }
    umask(022);
    ck_assert(!hr_replacement_open_new(&file, "no/new.py", false, &err));
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_uint_eq(count_entries("."), 0);
}
END_TEST

START_TEST(a_file_without_a_name)
{
    struct hr_replacement file;
    struct hr_error err = {0};
    umask(027);
    bool opened = hr_replacement_open_unnamed(&file, "new.py", true, &err);
    umask(022);
    if (!opened) {
        ck_assert_msg(errno == EOPNOTSUPP || errno == EISDIR, "%s", err.message);
        return; /* this file system has none */
    }
    ck_assert(hr_replacement_put(&file, "x\n", 2, &err));
    ck_assert_uint_eq(count_entries("."), 0);
    ck_assert(hr_replacement_commit(&file, &err));
    hr_replacement_finish(&file);
    expect_text("new.py", "x\n");
    ck_assert_uint_eq(mode_of("new.py"), S_IFREG | 0750);

    /* It takes no place of another's. */
    ck_assert(hr_replacement_open_unnamed(&file, "./new.py", false, &err));
    ck_assert(hr_replacement_put(&file, "y\n", 2, &err));
    ck_assert(!hr_replacement_commit(&file, &err));
    ck_assert_int_eq(err.kind, HR_ERROR_IO);
    hr_replacement_finish(&file);
    expect_text("new.py", "x\n");
    ck_assert_uint_eq(count_entries("."), 1);
    ck_assert_int_eq(unlink("new.py"), 0);

    ck_assert(!hr_replacement_open_unnamed(&file, "no/new.py", false, &err));
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(reading_what_is_not_there)
{
    struct hr_bytes bytes = {0};
    struct hr_error err = {0};
    ck_assert(!hr_file_read("none.py", &bytes, &err));
    ck_assert_int_eq(err.kind, HR_ERROR_IO);
    ck_assert_ptr_nonnull(strstr(err.message, "No such file"));
    ck_assert(!hr_file_read(".", &bytes, &err));
    ck_assert_int_eq(err.kind, HR_ERROR_IO);
    hr_bytes_finish(&bytes);
}
END_TEST

static void *feed(void *arg)
{
    int fd = *(int *)arg;
    char block[1000];
    memset(block, 'p', sizeof block);
    for (int i = 0; i < 300; i++) {
        ck_assert_int_eq(write(fd, block, sizeof block), sizeof block);
    }
    close(fd);
    return NULL;
}

START_TEST(a_pipe_is_read_to_its_end)
{
    int ends[2];
    pthread_t thread;
    struct hr_bytes bytes = {0};
    struct hr_error err = {0};
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, feed, &ends[1]), 0);
    ck_assert(hr_file_read_fd(ends[0], &bytes, &err));
    ck_assert_uint_eq(bytes.size, 300000);
    ck_assert_int_eq(bytes.data[299999], 'p');
    pthread_join(thread, NULL);
    ck_assert_int_eq(close(ends[0]), 0); /* was left open */
    hr_bytes_finish(&bytes);
}
END_TEST

Suite *hr_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *file = tcase_create("file");
    tcase_add_checked_fixture(file, enter_folder, leave_folder);
    tcase_add_test(file, a_new_file_gets_the_mode_of_the_umask);
    tcase_add_test(file, an_old_file_keeps_its_mode);
    tcase_add_test(file, an_old_file_keeps_its_owner);
    tcase_add_test(file, a_symlink_stays_one);
    tcase_add_test(file, a_dangling_symlink_stays_one);
    tcase_add_test(file, empty_and_nul_bytes);
    tcase_add_test(file, a_read_only_folder_is_left_as_it_is);
    tcase_add_test(file, a_read_only_file_is_left_as_it_is);
    tcase_add_test(file, a_failed_write_leaves_the_old_file);
    tcase_add_test(file, only_a_regular_file_is_replaced);
    tcase_add_test(file, pieces_take_their_place_together);
    tcase_add_test(file, a_file_that_was_not_there);
    tcase_add_test(file, a_file_without_a_name);
    tcase_add_test(file, reading_what_is_not_there);
    tcase_add_test(file, a_pipe_is_read_to_its_end);
    suite_add_tcase(suite, file);
    return suite;
}
