// The strategies' boxes: a log shows, bit for bit, the probabilities that the networks had while
// they played; a log of teams that are not here shows what was chosen; rules have no box.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/viz_match.h"
#include "viz/app.h"
#include "viz/words.h"

enum { WIDTH = 1280, HEIGHT = 720 };
static const char LOG[] = "match", FOREIGN[] = "foreign", TOUCHES[] = "touches";

static int make_matches(void **state) {
  (void)state;
  test_viz_match_of(LOG, "stage2_court", "stage1_plus", 2, 0);
  test_viz_match_of(FOREIGN, "stage2_court", "stage2_court", 1, 1);
  test_viz_match_of(TOUCHES, "stage2", "stage1_volley", 2, 0);
  return 0;
}

static VizApp *open_teams(const char *log, const char *near, const char *far) {
  SimError err = {0};
  VizApp *app = calloc(1, sizeof *app);
  VizOptions options = viz_options_default();
  options.log = log;
  options.near = log ? NULL : near;
  options.far = log ? NULL : far;
  options.seed = TEST_MATCH_SEED;
  assert_non_null(app);
  assert_ok(viz_app_open(app, &options, &err), &err);
  return app;
}

static VizApp *open_app(const char *log) {
  return open_teams(log, "stage2_court", "stage1_plus");
}

static void close_app(VizApp *app) {
  viz_app_close(app);
  free(app);
}

static bool shows(VizApp *app, const char *text) {
  VizFontSizes font = {.height = {14, 22}, .drop = {3, 5}};
  for (int i = 0; i < 128; i++) {
    font.width[VIZ_FONT_NORMAL][i] = 8;
    font.width[VIZ_FONT_BIG][i] = 13;
  }
  viz_app_compose(app, WIDTH, HEIGHT, &font);
  for (int i = 0; i < app->hud.n; i++) {
    if (app->hud.item[i].is_text && strcmp(app->hud.item[i].text, text) == 0) {
      return true;
    }
  }
  return false;
}

// ---- what is known

static void check_known(const VizChoice *choice, const PolOptions *options) {
  for (int head = 0; head < options->heads; head++) {
    double sum = 0;
    for (int i = 0; i < options->n[head]; i++) {
      const double p = (double)choice->p[head][i];
      const bool legal = choice->legal[head] >> i & 1u;
      assert_true(legal ? p > 0 && p <= 1 : p == 0);
      sum += p;
    }
    assert_near(sum, 1, 1e-5);
    if (choice->option[head] != POL_NOT_ASKED) {
      assert_true(choice->legal[head] >> choice->option[head] & 1u);
    }
  }
}

static void check_same(const VizChoice *a, const VizChoice *b) {
  assert_int_equal(a->step, b->step);
  assert_string_equal(a->strategy, b->strategy);
  assert_memory_equal(a->option, b->option, sizeof a->option);
  assert_int_equal(a->known, b->known);
  assert_memory_equal(a->legal, b->legal, sizeof a->legal);
  assert_memory_equal(a->p, b->p, sizeof a->p);
}

static void log_shows_what_the_networks_had(void **state) {
  (void)state;
  SimError err = {0};
  VizApp *log = open_app(LOG), *live = open_app(NULL);
  int known = 0;
  for (int rally = 0; rally < 2; rally++) {
    assert_ok(viz_source_select(log->source, rally, &err), &err);
    assert_ok(viz_source_select(live->source, rally, &err), &err);
    assert_ok(viz_source_produce(live->source, 100000, &err), &err);
    assert_int_equal(viz_source_frames(log->source), viz_source_frames(live->source));
    assert_null(viz_source_choice(log->source, viz_source_frame(log->source, 0), SIM_NEAR));
    for (int i = 1; i < viz_source_frames(log->source); i++) {
      for (int team = 0; team < SIM_TEAMS; team++) {
        const VizChoice *a =
            viz_source_choice(log->source, viz_source_frame(log->source, i), (SimTeam)team);
        const VizChoice *b =
            viz_source_choice(live->source, viz_source_frame(live->source, i), (SimTeam)team);
        assert_non_null(a);
        assert_non_null(b);
        assert_int_equal(a->known, team == SIM_NEAR);
        check_same(a, b);
        if (a->known && a->step == i - 1) {
          check_known(a, viz_source_info(log->source)->options[team]);
          known++;
        }
      }
    }
  }
  assert_true(known > 10);
  close_app(log);
  close_app(live);
}

// ---- tables of touches

// the drone of the chosen candidate is the one that then strikes; returns whether somebody does
static bool check_chosen(const VizChoice *choice, const VizFrame *frame, SimTeam team,
                         const PolOptions *options) {
  const VizCandidates *candidates = &choice->candidates;
  const int option = candidates->head >= 0 ? choice->option[candidates->head] : POL_NOT_ASKED;
  if (option == POL_NOT_ASKED) {
    return false;
  }
  const VizCandidate *chosen = &candidates->of[option];
  assert_true(chosen->drone >= 0 && chosen->legal && chosen->effort >= 0);
  for (int i = 0; i < options->n[candidates->head]; i++) {
    const bool legal = choice->legal[candidates->head] >> i & 1u;
    assert_int_equal(candidates->of[i].drone >= 0 && candidates->of[i].legal, legal);
  }
  for (int i = 0; i < SIM_ROLES; i++) {
    const PolSlot slot = (PolSlot)frame->skill[sim_drone(team, (SimRole)i)];
    const bool strikes = i == chosen->drone && chosen->effort <= options->reach.hopeless;
    assert_int_equal(pol_slot_strikes(slot), strikes);
  }
  return chosen->effort <= options->reach.hopeless;
}

static void check_same_candidates(const VizCandidates *a, const VizCandidates *b) {
  assert_int_equal(a->head, b->head);
  for (int i = 0; a->head >= 0 && i < POL_OPTIONS_MAX; i++) {
    assert_int_equal(a->of[i].drone, b->of[i].drone);
    assert_int_equal(a->of[i].legal, b->of[i].legal);
    assert_true(a->of[i].effort == b->of[i].effort);
  }
}

static void check_candidates(int strikes[SIM_TEAMS], VizApp *log, VizApp *live, int rally) {
  SimError err = {0};
  assert_ok(viz_source_select(log->source, rally, &err), &err);
  assert_ok(viz_source_select(live->source, rally, &err), &err);
  assert_ok(viz_source_produce(live->source, 100000, &err), &err);
  assert_int_equal(viz_source_frames(log->source), viz_source_frames(live->source));
  for (int i = 1; i < viz_source_frames(log->source); i++) {
    for (int team = 0; team < SIM_TEAMS; team++) {
      const VizFrame *frame = viz_source_frame(log->source, i);
      const VizChoice *a = viz_source_choice(log->source, frame, (SimTeam)team);
      const VizChoice *b =
          viz_source_choice(live->source, viz_source_frame(live->source, i), (SimTeam)team);
      check_same_candidates(&a->candidates, &b->candidates);
      if (a->step == i - 1) {
        strikes[team] +=
            check_chosen(a, frame, (SimTeam)team, viz_source_info(log->source)->options[team]);
      }
    }
  }
}

static void candidates_have_efforts_and_one_is_chosen(void **state) {
  (void)state;
  VizApp *log = open_app(TOUCHES), *live = open_teams(NULL, "stage2", "stage1_volley");
  int strikes[SIM_TEAMS] = {0, 0};
  for (int rally = 0; rally < 2; rally++) {
    check_candidates(strikes, log, live, rally);
  }
  assert_true(strikes[SIM_NEAR] > 0 && strikes[SIM_FAR] > 0);
  close_app(log);
  close_app(live);
}

// the first frame in which a team has chosen among candidates
static int touch_frame(const VizApp *app, SimTeam team) {
  for (int i = 1; i < viz_source_frames(app->source); i++) {
    const VizChoice *choice =
        viz_source_choice(app->source, viz_source_frame(app->source, i), team);
    if (choice->candidates.head >= 0 && choice->option[choice->candidates.head] < POL_OPTIONS_MAX) {
      return i;
    }
  }
  return 0;
}

// also of rules, which have no probabilities
static void strip_shows_shape_efforts_and_who_was_chosen(void **state) {
  (void)state;
  VizApp *app = open_app(TOUCHES);
  viz_app_key(app, '7', 0);
  for (int team = 0; team < SIM_TEAMS; team++) {
    const int frame = touch_frame(app, (SimTeam)team);
    assert_true(frame > 0);
    viz_player_seek(&app->player, frame);
    const VizChoice *choice =
        viz_source_choice(app->source, viz_source_frame(app->source, frame), (SimTeam)team);
    const int head = choice->candidates.head, chosen = choice->option[head];
    const VizCandidate *candidate = &choice->candidates.of[chosen];
    char option[80], effort[16];
    viz_words_option(option, sizeof option, viz_source_info(app->source), (SimTeam)team, head,
                     chosen);
    snprintf(effort, sizeof effort, "%.1f", candidate->effort);
    assert_int_equal(option[0], '1' + candidate->drone);
    assert_true(shows(app, option) && shows(app, effort));
    int reach = 0;
    for (int i = 0; i < app->hud.n; i++) {
      const char *text = app->hud.item[i].text;
      reach += app->hud.item[i].is_text && strncmp(text, "shape ", 6) == 0 &&
               strstr(text, "effort (m/s2)");
    }
    assert_true(reach >= 1);
  }
  close_app(app);
}

static void another_team_shows_only_what_it_chose(void **state) {
  (void)state;
  VizApp *app = open_app(FOREIGN);
  const int n = viz_source_frames(app->source);
  for (int i = 1; i < n; i += n / 7) {
    const VizFrame *frame = viz_source_frame(app->source, i);
    for (int team = 0; team < SIM_TEAMS; team++) {
      const VizChoice *choice = viz_source_choice(app->source, frame, (SimTeam)team);
      assert_non_null(choice);
      assert_false(choice->known);
      // the log says who it was
      assert_non_null(strstr(choice->strategy, "snapshot"));
      for (int head = 0; head < POL_HEAD_SERVE; head++) {
        assert_int_equal(choice->option[head], frame->option[team][head]);
      }
    }
  }
  viz_player_seek(&app->player, n / 2);
  viz_app_key(app, '7', 0);
  assert_true(shows(app, "attacker"));
  close_app(app);
}

// ---- what is drawn

// the first frame in which the near team's attacker has a choice
static int attack_frame(const VizApp *app) {
  for (int i = 1; i < viz_source_frames(app->source); i++) {
    const VizChoice *choice =
        viz_source_choice(app->source, viz_source_frame(app->source, i), SIM_NEAR);
    const uint32_t legal = choice->legal[POL_HEAD_ATTACKER];
    if (choice->option[POL_HEAD_ATTACKER] > 1 && (legal & (legal - 1))) {
      return i;
    }
  }
  return 0;
}

static void box_shows_the_decision_in_force(void **state) {
  (void)state;
  SimError err = {0};
  VizApp *app = open_app(LOG);
  int frame = attack_frame(app);
  if (frame == 0) {
    assert_ok(viz_player_go_rally(&app->player, 1, &err), &err);
    frame = attack_frame(app);
  }
  assert_true(frame > 0);
  viz_player_seek(&app->player, frame);
  const VizChoice *choice =
      viz_source_choice(app->source, viz_source_frame(app->source, frame), SIM_NEAR);
  const PolOptions *options = viz_source_info(app->source)->options[SIM_NEAR];
  const int chosen = choice->option[POL_HEAD_ATTACKER];
  char head[120], who[POL_NAME_MAX], percent[16];
  viz_words_strategy(who, sizeof who, viz_source_info(app->source), SIM_NEAR, choice->strategy);
  snprintf(head, sizeof head, "stage2_court, %s, at %.2f s", who, choice->step * SIM_DT);
  snprintf(percent, sizeof percent, "%.0f", 100 * (double)choice->p[POL_HEAD_ATTACKER][chosen]);
  // a newcomer is not asked to look through decisions
  assert_false(shows(app, head));
  viz_app_key(app, '7', 0);
  assert_true(shows(app, head));
  assert_true(shows(app, percent));
  assert_true(shows(app, options->option[POL_HEAD_ATTACKER][chosen].name));
  viz_app_key(app, '7', 0);
  assert_false(shows(app, head));
  viz_app_key(app, '7', 0);
  assert_true(shows(app, head));
  // rules decide too, but there is nothing to show
  assert_false(shows(app, "bot_plus"));
  close_app(app);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(log_shows_what_the_networks_had),
      cmocka_unit_test(candidates_have_efforts_and_one_is_chosen),
      cmocka_unit_test(strip_shows_shape_efforts_and_who_was_chosen),
      cmocka_unit_test(another_team_shows_only_what_it_chose),
      cmocka_unit_test(box_shows_the_decision_in_force),
  };
  return cmocka_run_group_tests(tests, make_matches, NULL);
}
