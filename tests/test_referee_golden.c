// Whole rallies, told as a script of strikes, and what the referee says of them, event by event,
// compared with tests/golden/referee.txt. The ball flies freely between the strikes, a drone is at
// the ball when it strikes and at its place otherwise. The text holds no measured number, so that
// it is the same on every machine. After a wanted change of the rules, write it anew with
//   HCSP_GOLDEN=1 ctest -R referee_golden
// and read the difference before committing it.
#include "tests/support/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/referee.h"
#include "sim/vec.h"

enum { TEXT_MAX = 32768, STRIKES_MAX = 8, LONGEST = 4000 };

enum { NEAR_PASSER, NEAR_SETTER, NEAR_ATTACKER, FAR_PASSER, FAR_SETTER, FAR_ATTACKER };

// Drone meets the ball, which is at `to` that many steps later, when the next strike comes.
typedef struct Strike {
  int drone;
  int steps;  // 0 ends the list
  double to[3];
  bool beside;   // with its body, not with its racket
  bool strays;   // another drone is elsewhere at this moment
  int stray;     // which
  double at[3];  // and where
} Strike;

typedef struct Rally {
  const char *title, *rules;
  SimTeam server;
  Strike strike[STRIKES_MAX];
} Rally;

static const Rally RALLIES[] = {
    {.title = "three touches each, the last one lands",
     .rules = "court",
     .server = SIM_NEAR,
     .strike = {{.drone = NEAR_PASSER, .steps = 110, .to = {-4.2, 0.3, 1.8}},
                {.drone = FAR_PASSER, .steps = 90, .to = {-2, 2, 2.2}},
                {.drone = FAR_SETTER, .steps = 80, .to = {-1.8, -1.5, 3}},
                {.drone = FAR_ATTACKER, .steps = 60, .to = {4, 1, 1.6}},
                {.drone = NEAR_PASSER, .steps = 90, .to = {2, -2, 2.2}},
                {.drone = NEAR_SETTER, .steps = 80, .to = {1.8, 1.5, 3}},
                {.drone = NEAR_ATTACKER, .steps = 60, .to = {-5, -1, 0.2}}}},
    {.title = "passers only: still the serve phase; into the net",
     .rules = "paper",
     .server = SIM_FAR,
     .strike = {{.drone = FAR_PASSER, .steps = 110, .to = {4.2, 0.3, 1.8}},
                {.drone = NEAR_PASSER, .steps = 110, .to = {-4.4, -0.3, 1.8}},
                {.drone = FAR_PASSER, .steps = 60, .to = {0.1, 0, 1}}}},
    {.title = "the receiver touches twice while a near drone is at the net: both",
     .rules = "court",
     .server = SIM_NEAR,
     .strike = {{.drone = NEAR_PASSER, .steps = 110, .to = {-4.2, 0.3, 1.8}},
                {.drone = FAR_PASSER, .steps = 80, .to = {-4, 0.5, 2}},
                {.drone = FAR_PASSER,
                 .steps = 80,
                 .to = {-2, 2, 2.2},
                 .strays = true,
                 .stray = NEAR_SETTER,
                 .at = {0.1, -2, 1.8}}}},
    {.title = "the serve is out",
     .rules = "court",
     .server = SIM_NEAR,
     .strike = {{.drone = NEAR_PASSER, .steps = 150, .to = {-8, 0, 0.2}}}},
    {.title = "a set with the body",
     .rules = "court",
     .server = SIM_FAR,
     .strike = {{.drone = FAR_PASSER, .steps = 110, .to = {4.2, 0.3, 1.8}},
                {.drone = NEAR_PASSER, .steps = 90, .to = {2, -2, 2.2}},
                {.drone = NEAR_SETTER, .steps = 80, .to = {1.8, 1.5, 3}, .beside = true}}},
    {.title = "a serve so high that the clock ends first",
     .rules = "paper",
     .server = SIM_NEAR,
     .strike = {{.drone = NEAR_PASSER, .steps = 1600, .to = {3, 0, 2}}}},
};

// ---- the text

typedef struct Text {
  int n;
  char text[TEXT_MAX];
} Text;

__attribute__((format(printf, 2, 3))) static void say(Text *out, const char *format, ...) {
  va_list list;
  va_start(list, format);
  const int n = vsnprintf(out->text + out->n, (size_t)(TEXT_MAX - out->n), format, list);
  va_end(list);
  assert_true(n >= 0 && n < TEXT_MAX - out->n);
  out->n += n;
}

static const char *team_name(SimTeam team) {
  return team == SIM_NEAR ? "near" : "far";
}

static void say_event(Text *out, int step, const SimEvent *event) {
  static const char *const role[SIM_ROLES] = {"passer", "setter", "attacker"};
  say(out, "%5d  %s", step, sim_event_name(event->kind));
  if (event->drone >= 0) {
    say(out, ", %s %s", team_name(sim_team(event->drone)), role[sim_role(event->drone)]);
  }
  say(out, "\n");
}

// one letter a drone that has hit, passer, setter, attacker of near, then of far
static void say_flags(Text *out, const char *what, const SimFlags *flags) {
  say(out, ", %s ", what);
  for (int i = 0; i < SIM_DRONES; i++) {
    say(out, "%s%c", i == SIM_ROLES ? "|" : "", flags->already_hit[i] ? "PSA"[i % SIM_ROLES] : '-');
  }
  say(out, "%s", flags->is_rally ? " rally" : " serve");
}

// the books after a step with events
static void say_books(Text *out, const SimReferee *ref, const SimRules *rules) {
  static const char *const phase[] = {"free",         "serve",   "serve_hover",
                                      "receive_wait", "receive", "receive_hover"};
  say(out, "       ball %s, last %s, hits %d, serve step %d", team_name(ref->ball_side),
      team_name(ref->last_hit_side), ref->hits, ref->serve_step);
  say_flags(out, "now", &ref->flags);
  say_flags(out, "seen", &ref->stale);
  say(out, ", %s, passers %s and %s\n", ref->switched ? "asks" : "holds",
      phase[sim_referee_phase(ref, rules, SIM_NEAR)],
      phase[sim_referee_phase(ref, rules, SIM_FAR)]);
}

// ---- the play

static void take_places(SimView *view) {
  static const double place[SIM_ROLES][3] = {{4.5, 0, 1.5}, {2, -2, 1.8}, {2, 1.5, 2.5}};
  static const double level[4] = {1, 0, 0, 0};
  view->roster = SIM_ALL_DRONES;
  for (int i = 0; i < SIM_DRONES; i++) {
    sim_mirror_vec(view->drone[i].pos, place[i % SIM_ROLES], sim_team(i));
    quat_to_rot(view->drone[i].rot, level);
  }
}

static void strike_ball(SimView *view, const Strike *strike) {
  const double away = sim_team(strike->drone) == SIM_NEAR ? 0.35 : -0.35;
  const double flight = strike->steps * SIM_DT;
  // the velocity that brings the stepped flight exactly to its target
  for (int k = 0; k < 3; k++) {
    view->ball_vel[k] = (strike->to[k] - view->ball_pos[k]) / flight;
  }
  view->ball_vel[2] += SIM_GRAVITY * SIM_DT * (strike->steps - 1) / 2;
  vec_add_scaled(view->ball_pos, view->ball_pos, SIM_DT, view->ball_vel);
  const double below[3] = {0, 0, -0.15}, beside[3] = {away, 0, 0};
  vec_add_scaled(view->drone[strike->drone].pos, view->ball_pos, 1,
                 strike->beside ? beside : below);
  if (strike->strays) {
    vec_copy(view->drone[strike->stray].pos, strike->at);
  }
}

static void fly(SimView *view) {
  view->ball_vel[2] -= SIM_GRAVITY * SIM_DT;
  vec_add_scaled(view->ball_pos, view->ball_pos, SIM_DT, view->ball_vel);
}

static void play(Text *out, const Rally *rally) {
  enum { DROP = 70 };
  const SimRules *rules = sim_rules_find(rally->rules);
  SimView view = {.ball_pos = {rally->server == SIM_NEAR ? 6 : -6, 0, 4.9}};
  SimReferee ref;
  const Strike *strike = rally->strike;
  int next = DROP;
  say(out, "# %s: %s rules, %s serves\n", rally->title, rally->rules, team_name(rally->server));
  sim_referee_reset(&ref, rally->server);
  for (int step = 1; ref.winner == SIM_PLAYING; step++) {
    SimEvents events;
    assert_true(step < LONGEST);
    take_places(&view);
    if (step == next && strike->steps > 0) {
      strike_ball(&view, strike);
      next += strike++->steps;
    } else {
      fly(&view);
    }
    sim_referee_step(&events, &ref, rules, &view, SIM_DT);
    for (int i = 0; i < events.n; i++) {
      say_event(out, step, &events.event[i]);
    }
    if (events.n > 0) {
      say_books(out, &ref, rules);
    }
  }
  say(out, "= %s, %s\n\n", sim_winner_name(ref.winner), sim_event_name(ref.reason));
}

// ---- the comparison

// The first line in which the texts differ, from 1; 0 when they are the same.
static int first_difference(const char *a, const char *b) {
  int line = 1;
  for (; *a != '\0' && *a == *b; a++, b++) {
    line += *a == '\n';
  }
  return *a == *b ? 0 : line;
}

static void line_of(char *out, size_t size, const char *text, int line) {
  while (--line > 0 && text) {
    text = strchr(text, '\n');
    text = text ? text + 1 : NULL;
  }
  snprintf(out, size, "%.*s", text ? (int)strcspn(text, "\n") : 9, text ? text : "(the end)");
}

static void test_transcript(void **unused) {
  (void)unused;
  static Text said;
  char path[4096], want[512], have[512];
  said.n = 0;
  for (size_t i = 0; i < sizeof RALLIES / sizeof RALLIES[0]; i++) {
    play(&said, &RALLIES[i]);
  }
  const char *home = getenv("HCSP_HOME");
  assert_non_null(home);
  snprintf(path, sizeof path, "%s/tests/golden/referee.txt", home);
  if (getenv("HCSP_GOLDEN")) {
    test_write_file(path, said.text, (size_t)said.n);
    print_message("%s written\n", path);
    return;
  }
  char *golden = test_read_file(path, NULL);
  const int line = first_difference(golden, said.text);
  line_of(want, sizeof want, golden, line);
  line_of(have, sizeof have, said.text, line);
  free(golden);
  if (line > 0) {
    fail_msg("%s:%d\n  says \"%s\"\n  the referee says \"%s\"", path, line, want, have);
  }
}

// the comparison itself sees a change, wherever it is
static void test_difference_is_seen(void **unused) {
  (void)unused;
  char line[32];
  assert_int_equal(first_difference("a\nb\nc\n", "a\nb\nc\n"), 0);
  assert_int_equal(first_difference("a\nb\nc\n", "a\nx\nc\n"), 2);
  assert_int_equal(first_difference("a\nb\n", "a\nb\nc\n"), 3);
  assert_int_equal(first_difference("", "a\n"), 1);
  line_of(line, sizeof line, "a\nb\nc\n", 2);
  assert_string_equal(line, "b");
  line_of(line, sizeof line, "a\nb", 3);
  assert_string_equal(line, "(the end)");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_transcript),
      cmocka_unit_test(test_difference_is_seen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
