// ffmpeg is started with execvp, so that no name ever passes a shell, in a process group of its
// own, so that Ctrl-C lets it finish the file.
#include "viz/video.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "viz/png.h"

struct VizVideo {
  char path[SIM_PATH_MAX], temp[SIM_PATH_MAX];
  int width, height, pictures;
  bool folder;
  int pipe;  // to ffmpeg, -1 when closed
  pid_t ffmpeg;
};

static bool ends_with(const char *text, const char *end) {
  const size_t a = strlen(text), b = strlen(end);
  return a >= b && strcmp(text + a - b, end) == 0;
}

// whether a program of this name can be started
static bool in_path(const char *program) {
  const char *rest = getenv("PATH");
  while (rest && *rest) {
    const size_t length = strcspn(rest, ":");
    char file[SIM_PATH_MAX];
    snprintf(file, sizeof file, "%.*s/%s", (int)length, rest, program);
    if (length > 0 && access(file, X_OK) == 0) {
      return true;
    }
    rest += length + (rest[length] == ':');
  }
  return false;
}

// pictures of another recording would be taken for this one's
static SimStatus refuse_pictures(const char *folder, SimError *err) {
  DIR *dir = opendir(folder);
  SimStatus status = dir ? SIM_OK : sim_error_errno(err, "%s: cannot be read", folder);
  for (struct dirent *entry; status == SIM_OK && (entry = readdir(dir));) {
    if (strspn(entry->d_name, "0123456789") >= 6 && ends_with(entry->d_name, ".png")) {
      status = sim_error(err, SIM_USAGE,
                         "%s: saw pictures of a recording in this folder (%.32s), wanted a new one",
                         folder, entry->d_name);
    }
  }
  if (dir) {
    closedir(dir);
  }
  return status;
}

static SimStatus make_folder(const VizVideo *video, bool mp4, SimError *err) {
  if (mp4) {
    fprintf(stderr, "hcsp-view: no ffmpeg in PATH: %s.mp4 becomes a folder of pictures, %s\n",
            video->path, video->path);
  }
  const SimStatus status = sim_file_make_folder(video->path, err);
  return status == SIM_OK ? refuse_pictures(video->path, err) : status;
}

// in the child: never returns
static void run_ffmpeg(const VizVideo *video, int input) {
  char size[32], rate[16], temp[SIM_PATH_MAX + 8];
  snprintf(size, sizeof size, "%dx%d", video->width, video->height);
  snprintf(rate, sizeof rate, "%d", VIZ_VIDEO_RATE);
  // a name with a colon or a dash in front is still a file
  snprintf(temp, sizeof temp, "file:%s", video->temp);
  char *const argv[] = {"ffmpeg",    "-hide_banner",
                        "-loglevel", "error",
                        "-y",        "-f",
                        "rawvideo",  "-pix_fmt",
                        "rgb24",     "-s",
                        size,        "-r",
                        rate,        "-i",
                        "-",         "-an",
                        "-vf",       "pad=ceil(iw/2)*2:ceil(ih/2)*2",
                        "-c:v",      "libx264",
                        "-preset",   "veryfast",
                        "-crf",      "20",
                        "-pix_fmt",  "yuv420p",
                        "-movflags", "+faststart",
                        "-f",        "mp4",
                        temp,        NULL};
  setpgid(0, 0);
  signal(SIGPIPE, SIG_DFL);
  dup2(input, STDIN_FILENO);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0) {
    dup2(null, STDOUT_FILENO);
  }
  execvp(argv[0], argv);
  _exit(127);
}

static SimStatus start_ffmpeg(VizVideo *video, SimError *err) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return sim_error_errno(err, "%s: no pipe to ffmpeg", video->path);
  }
  signal(SIGPIPE, SIG_IGN);
  video->ffmpeg = fork();
  if (video->ffmpeg == 0) {
    run_ffmpeg(video, ends[0]);
  }
  close(ends[0]);
  if (video->ffmpeg < 0) {
    close(ends[1]);
    return sim_error_errno(err, "%s: ffmpeg cannot be started", video->path);
  }
  video->pipe = ends[1];
  return SIM_OK;
}

VizVideo *viz_video_create(const char *path, int width, int height, SimError *err) {
  assert(width > 0 && height > 0);
  VizVideo *video = calloc(1, sizeof *video);
  if (!video || strlen(path) + 32 > sizeof video->path || path[0] == '\0') {
    sim_error(err, video ? SIM_USAGE : SIM_FAIL, "'%.100s': no name for a video", path);
    free(video);
    return NULL;
  }
  const bool mp4 = ends_with(path, ".mp4");
  video->width = width;
  video->height = height;
  video->pipe = -1;
  video->folder = !mp4 || !in_path("ffmpeg");
  const int length = (int)strlen(path) - (mp4 ? 4 : 0);
  snprintf(video->path, sizeof video->path, video->folder ? "%.*s" : "%.*s.mp4", length, path);
  snprintf(video->temp, sizeof video->temp, "%.*s.%d.tmp.mp4", length, path, (int)getpid());
  const SimStatus status = video->folder ? make_folder(video, mp4, err) : start_ffmpeg(video, err);
  if (status != SIM_OK) {
    viz_video_destroy(video);
    return NULL;
  }
  return video;
}

static SimStatus lost(const VizVideo *video, const char *what, SimError *err) {
  char folder[SIM_PATH_MAX];
  struct statvfs disk;
  sim_path_folder(folder, video->path);
  const bool full = statvfs(folder, &disk) == 0 && disk.f_bavail == 0;
  return sim_error(err, full ? SIM_DISK_FULL : SIM_FAIL, "%s: %s after %d pictures%s", video->path,
                   what, video->pictures, full ? ", the disk is full" : "");
}

SimStatus viz_video_add(VizVideo *video, const unsigned char *rgb, SimError *err) {
  if (video->folder) {
    char path[SIM_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%06d.png", video->path, video->pictures++);
    return viz_png_write(path, rgb, video->width, video->height, err);
  }
  const size_t size = (size_t)video->width * (size_t)video->height * 3;
  assert(video->pipe >= 0);
  size_t done = 0;
  while (done < size) {
    const ssize_t n = write(video->pipe, rgb + done, size - done);
    if (n < 0 && errno != EINTR) {
      return lost(video, "ffmpeg stopped", err);
    }
    done += n > 0 ? (size_t)n : 0;
  }
  video->pictures++;
  return SIM_OK;
}

// closes the pipe and waits; true when ffmpeg was content
static bool end_ffmpeg(VizVideo *video) {
  int how = -1;
  if (video->pipe >= 0) {
    close(video->pipe);
    video->pipe = -1;
  }
  if (video->ffmpeg > 0) {
    while (waitpid(video->ffmpeg, &how, 0) < 0 && errno == EINTR) {
    }
    video->ffmpeg = 0;
  }
  return WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

SimStatus viz_video_finish(VizVideo *video, SimError *err) {
  if (video->folder) {
    return SIM_OK;
  }
  if (!end_ffmpeg(video)) {
    return lost(video, "ffmpeg failed", err);
  }
  return sim_file_commit(video->temp, video->path, err);
}

void viz_video_destroy(VizVideo *video) {
  if (video) {
    if (!video->folder) {
      end_ffmpeg(video);
      unlink(video->temp);
    }
    free(video);
  }
}

const char *viz_video_path(const VizVideo *video) {
  return video->path;
}

int viz_video_pictures(const VizVideo *video) {
  return video->pictures;
}
