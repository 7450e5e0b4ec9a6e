// hcsp-view: a window on live matches and logs, and pictures and videos of them without one.
#include <argp.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/output.h"
#include "sim/base/stop.h"
#include "sim/base/version.h"
#include "viz/program/match_log.h"
#include "viz/program/run_folder.h"
#include "viz/record.h"
#include "viz/window.h"

enum {
  SIZE_MAX_PIXELS = 8192,
  BENCH_PICTURES = 200,
  SIZE_KEY = 256,
  SHOW_KEY,
  LOG_KEY,
  PACE_KEY,
  MATCH_KEY,
  BENCH_KEY
};

typedef struct Arguments {
  VizOptions options;
  const char *record, *screenshot;
  bool bench;
} Arguments;

static const struct argp_option OPTIONS[] = {
    {"near", 'n', "TEAM", 0,
     "team of the half x > 0: a shipped team, a .yaml file or a run folder; human or human:TEAM: "
     "you "
     "decide and TEAM's skills fly; with FILE: play on from --at with it",
     0},
    {"far", 'f', "TEAM", 0, "team of the other half", 0},
    {"rules", 'r', "court|paper", 0, "rule set of live play (court)", 0},
    {"world", 'w', "NAME", 0,
     "physical numbers of live play: paper, another of configs/worlds or a .yaml file (paper)", 0},
    {"seed", 's', "S", 0, "seed of live play (1)", 0},
    {"rally", 'N', "N", 0, "begin with the rally of this number, as hcsp info has it (the first)",
     0},
    {"at", 'a', "S", 0, "begin this many seconds into the rally (0)", 0},
    {"speed", 'x', "X", 0, "match seconds a second, 1/64 to 8 (1)", 0},
    {"camera", 'c', "NAME", 0,
     "broadcast, net, behind-near, behind-far, top, follow-ball, follow-drone (broadcast)", 0},
    {"quality", 'q', "full|fast", 0,
     "fast leaves shadows and reflections out; default: fast "
     "where a program draws and no graphics card",
     0},
    {"show", SHOW_KEY, "LIST", 0,
     "begin with these shown, commas between: decisions, help, and one of facts, profiler, "
     "players, "
     "stats, rallies",
     0},
    {"log", LOG_KEY, "DIR", 0, "write live play into this new folder, as hcsp play does", 0},
    {"match", MATCH_KEY, "15|25", 0, "a match to so many points, two ahead; it stops there", 0},
    {"pace", PACE_KEY, "slow|stop|real", 0, "what time does while you choose (slow)", 0},
    {"size", SIZE_KEY, "WxH", 0, "pixels of picture or window (1280x720)", 0},
    {"screenshot", 'S', "OUT.png", 0, "write one picture, without a window", 0},
    {"record", 'R', "OUT.mp4|DIR", 0,
     "write a video or a folder of pictures at 50 a second, without a window", 0},
    {"seconds", 't', "S", 0, "length of the video (to the end of the rally)", 0},
    {"bench", BENCH_KEY, NULL, 0, "measure the viewer, without a window", 0},
    {NULL, 0, NULL, 0, NULL, 0}};

static double parse_number(struct argp_state *state, const char *option, const char *text,
                           double low, double high) {
  char *end;
  errno = 0;
  const double value = strtod(text, &end);
  if (end == text || *end != '\0' || errno != 0 || !(value >= low && value <= high)) {
    argp_error(state, "--%s '%s'; wanted a number from %g to %g", option, text, low, high);
  }
  return value;
}

static uint64_t parse_count(struct argp_state *state, const char *option, const char *text,
                            uint64_t high) {
  char *end;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  if (end == text || *end != '\0' || errno != 0 || strchr(text, '-') || value > high) {
    argp_error(state, "--%s '%s'; wanted a whole number from 0 to %llu", option, text,
               (unsigned long long)high);
  }
  return value;
}

static void parse_size(struct argp_state *state, VizOptions *options, const char *text) {
  int width = 0, height = 0, used = 0;
  if (sscanf(text, "%5dx%5d%n", &width, &height, &used) != 2 || text[used] != '\0' || width < 1 ||
      height < 1 || width > SIZE_MAX_PIXELS || height > SIZE_MAX_PIXELS) {
    argp_error(state, "--size '%s'; wanted WIDTHxHEIGHT of 1 to %d pixels", text, SIZE_MAX_PIXELS);
  }
  options->width = width;
  options->height = height;
}

static void parse_camera(struct argp_state *state, VizOptions *options, const char *text) {
  const int camera = viz_camera_find(text);
  if (camera < 0) {
    char list[160];
    viz_camera_list(list, sizeof list);
    argp_error(state, "--camera '%s'; wanted one of %s", text, list);
  }
  options->camera = (VizCamera)camera;
}

static void parse_quality(struct argp_state *state, VizOptions *options, const char *text) {
  if (strcmp(text, "full") != 0 && strcmp(text, "fast") != 0) {
    argp_error(state, "--quality '%s'; wanted full or fast", text);
  }
  options->quality = strcmp(text, "full") == 0 ? VIZ_QUALITY_FULL : VIZ_QUALITY_FAST;
}

static void parse_rules(struct argp_state *state, VizOptions *options, const char *text) {
  options->rules = sim_rules_find(text);
  if (!options->rules) {
    argp_error(state, "--rules '%s'; wanted court or paper", text);
  }
}

static void parse_pace(struct argp_state *state, VizOptions *options, const char *text) {
  static const char *const PACE[VIZ_PACES] = {"slow", "stop", "real"};
  for (int i = 0; i < VIZ_PACES; i++) {
    if (strcmp(PACE[i], text) == 0) {
      options->pace = (VizPace)i;
      return;
    }
  }
  argp_error(state, "--pace '%s'; wanted slow, stop or real", text);
}

static void show_word(struct argp_state *state, VizOptions *options, const char *word) {
  static const char *const PAGE[VIZ_PAGES] = {"none",    "facts", "profiler",
                                              "players", "stats", "rallies"};
  for (int i = 0; i < VIZ_PAGES; i++) {
    if (strcmp(PAGE[i], word) == 0) {
      options->page = (VizPage)i;
      return;
    }
  }
  if (strcmp(word, "decisions") == 0) {
    options->decisions = true;
  } else if (strcmp(word, "help") == 0) {
    options->help = true;
  } else {
    argp_error(state,
               "--show '%s'; wanted decisions, help, facts, profiler, players, stats, rallies",
               word);
  }
}

static void parse_show(struct argp_state *state, VizOptions *options, const char *text) {
  char list[128], *rest = NULL;
  snprintf(list, sizeof list, "%s", text);
  for (char *word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
    show_word(state, options, word);
  }
}

static void parse_end(struct argp_state *state, const Arguments *args) {
  if ((args->record != NULL) + (args->screenshot != NULL) + args->bench > 1) {
    argp_error(state, "--record, --screenshot and --bench exclude each other");
  }
  if (args->options.log_to && (args->options.log || args->options.rally > 0)) {
    argp_error(
        state,
        "--log writes live play from rally 0 on; it goes neither with a log nor with --rally");
  }
}

static error_t parse(int key, char *text, struct argp_state *state) {
  Arguments *args = state->input;
  VizOptions *options = &args->options;
  switch (key) {
  case 'n':
    options->near = text;
    return 0;
  case 'f':
    options->far = text;
    return 0;
  case 'r':
    parse_rules(state, options, text);
    return 0;
  case 'w':
    options->world = text;
    return 0;
  case 's':
    options->seed = parse_count(state, "seed", text, INT64_MAX);
    return 0;
  case 'N':
    options->rally = (int)parse_count(state, "rally", text, 100000000);
    return 0;
  case 'a':
    options->at = parse_number(state, "at", text, 0, 3600);
    return 0;
  case 'x':
    options->speed = parse_number(state, "speed", text, 1.0 / 64, 8);
    return 0;
  case 'c':
    parse_camera(state, options, text);
    return 0;
  case 'q':
    parse_quality(state, options, text);
    return 0;
  case LOG_KEY:
    options->log_to = text;
    options->log_kind = viz_match_log();
    return 0;
  case MATCH_KEY:
    options->points = (int)parse_count(state, "match", text, 25);
    if (options->points != 15 && options->points != 25) {
      argp_error(state, "--match '%s'; wanted 15 or 25", text);
    }
    return 0;
  case PACE_KEY:
    parse_pace(state, options, text);
    return 0;
  case SHOW_KEY:
    parse_show(state, options, text);
    return 0;
  case SIZE_KEY:
    parse_size(state, options, text);
    return 0;
  case 'S':
    args->screenshot = text;
    return 0;
  case 'R':
    args->record = text;
    return 0;
  case 't':
    options->seconds = parse_number(state, "seconds", text, 0.02, 3600);
    return 0;
  case BENCH_KEY:
    args->bench = true;
    return 0;
  case ARGP_KEY_ARG:
    if (options->log) {
      argp_error(state, "'%s'; wanted one log, '%s' is one already", text, options->log);
    }
    options->log = text;
    return 0;
  case ARGP_KEY_END:
    parse_end(state, args);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

// set by Ctrl-C; a second one ends the program at once
static volatile int interrupted;

static void on_signal(int number) {
  if (interrupted && sim_stop_insists(number)) {
    _Exit(SIM_INTERRUPTED);
  }
  interrupted = 1;
}

static SimStatus bench(const VizOptions *options, SimError *err) {
  VizBench result;
  const SimStatus status = viz_bench(&result, options, BENCH_PICTURES, err);
  if (status == SIM_OK) {
    printf("size             %d x %d, quality %s\n", options->width, options->height,
           result.fast ? "fast" : "full");
    printf("drawn by         %s, %s\n", result.context, result.renderer);
    printf("viewer           %.3f ms a picture (CPU time, drawing aside, median of %d)\n",
           result.own_ms, result.pictures);
    printf("drawing          %.2f ms a picture\n", result.draw_ms);
    printf("pictures         %.1f a second\n", result.fps);
  }
  return status;
}

static SimStatus watch(const Arguments *args, SimError *err) {
  if (args->screenshot) {
    return viz_screenshot(&args->options, args->screenshot, err);
  }
  if (args->record) {
    return viz_record(&args->options, args->record, &interrupted, err);
  }
  return args->bench ? bench(&args->options, err)
                     : viz_window_run(&args->options, &interrupted, err);
}

static void print_version(FILE *stream, struct argp_state *state) {
  (void)state;
  fprintf(stream, "hcsp-view %s (%s)\n", sim_version(), sim_commit());
}

int main(int argc, char **argv) {
  static const struct argp PARSER = {
      OPTIONS,
      parse,
      "[FILE.h5|DIR|RUN]",
      "Shows drone volleyball: a log, a training, or two teams that play right now. Keys: F1.\v"
      "Examples:\n"
      "  hcsp-view\n"
      "  hcsp-view --near human --far stage3 --log mine\n"
      "  hcsp-view match --rally 3 --camera net\n"
      "  hcsp-view runs/set                   what a skill has learned, also while it learns\n"
      "  hcsp-view match --record rally.mp4\n"
      "  hcsp-view --near stage2 --far stage1 --at 3 --screenshot court.png\n"
      "  hcsp-view match --rally 3 --at 1.5 --far classical    play on from there\n\n"
      "Exit codes: 0 ok, 1 failure, 2 usage, 3 bad input file, 4 disk full, 130 interrupted.",
      NULL,
      NULL,
      NULL};
  setlocale(LC_ALL, "C");
  argp_err_exit_status = SIM_USAGE;
  argp_program_version_hook = print_version;
  sim_stop_install(on_signal);
  sim_output_watch();
  signal(SIGXFSZ, SIG_IGN);
  Arguments args = {.options = viz_options_default()};
  args.options.open_run = viz_run_open;
  argp_parse(&PARSER, argc, argv, 0, NULL, &args);
  SimError err = {0};
  const SimStatus status = watch(&args, &err);
  if (status == SIM_OK) {
    return SIM_OK;
  }
  char note[SIM_NOTE_MAX];
  const bool home = sim_home_check(note);
  fprintf(stderr, "hcsp-view: %s%s\n", err.text, note);
  return !home && status == SIM_USAGE ? SIM_BAD_INPUT : (int)status;
}
