// The three MJCF files of assets/: each opens on its own, carries the numbers of sim/physics.h, has
// the names the program looks for, and has no contacts but those between the boxes of the drones.
#include "support/check.h"

#include <math.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/physics.h"

enum { STEPS = 1000 };

static int warnings;

static void count_warning(const char *text) {
  print_message("MuJoCo warns: %s\n", text);
  warnings++;
}

static int count_warnings(void **state) {
  (void)state;
  warnings = 0;
  mju_user_warning = count_warning;
  return 0;
}

static void asset_path(char path[SIM_PATH_MAX], const char *name) {
  char relative[64];
  SimError err = {0};
  snprintf(relative, sizeof relative, "assets/%s", name);
  assert_ok(sim_path_join(path, sim_home(), relative, &err), &err);
}

static mjModel *load(const char *name) {
  char path[SIM_PATH_MAX], message[512] = "";
  asset_path(path, name);
  mjModel *model = mj_loadXML(path, NULL, message, sizeof message);
  if (!model) {
    fail_msg("%s: %s", path, message);
  }
  return model;
}

static mjSpec *parse(const char *name) {
  char path[SIM_PATH_MAX], message[512] = "";
  asset_path(path, name);
  mjSpec *spec = mj_parseXML(path, NULL, message, sizeof message);
  if (!spec) {
    fail_msg("%s: %s", path, message);
  }
  return spec;
}

static int find(const mjModel *model, mjtObj kind, const char *name) {
  const int id = mj_name2id(model, (int)kind, name);
  if (id < 0) {
    fail_msg("no %s named '%s'", mju_type2Str((int)kind), name);
  }
  return id;
}

static void assert_vec(const mjtNum *vec, double x, double y, double z) {
  assert_near(vec[0], x, 1e-12);
  assert_near(vec[1], y, 1e-12);
  assert_near(vec[2], z, 1e-12);
}

static bool collides(const mjModel *model, int geom) {
  return model->geom_contype[geom] != 0 || model->geom_conaffinity[geom] != 0;
}

// one free body with this name, and nothing else that could move
static int find_only_free_body(const mjModel *model, const char *name) {
  const int body = find(model, mjOBJ_BODY, name);
  assert_int_equal(model->nbody, 2);
  assert_int_equal(model->njnt, 1);
  assert_int_equal(model->jnt_type[0], mjJNT_FREE);
  assert_int_equal(model->jnt_bodyid[0], body);
  assert_int_equal(find(model, mjOBJ_JOINT, "free"), 0);
  assert_vec(model->body_ipos + 3 * body, 0, 0, 0);
  assert_near(fabs(model->body_iquat[4 * body]), 1, 1e-12);
  return body;
}

static void assert_finite_flight(const mjModel *model) {
  mjData *d = mj_makeData(model);
  assert_non_null(d);
  for (int k = 0; k < STEPS; k++) {
    mj_step(model, d);
  }
  for (int i = 0; i < model->nq; i++) {
    assert_true(isfinite(d->qpos[i]));
  }
  for (int i = 0; i < model->nv; i++) {
    assert_true(isfinite(d->qvel[i]));
  }
  assert_near(d->time, STEPS * model->opt.timestep, 1e-9);
  mj_deleteData(d);
}

static void drone_has_the_mass_of_the_iris(void **state) {
  (void)state;
  mjModel *model = load("drone.xml");
  const int body = find_only_free_body(model, "drone");
  assert_near(model->body_mass[body], SIM_DRONE_MASS, 1e-12);
  // admissible, and close to the tensor the program puts in its place
  const mjtNum *inertia = model->body_inertia + 3 * body;
  assert_true(inertia[0] + inertia[1] >= inertia[2]);
  assert_near(inertia[0], SIM_DRONE_IXX, 0.015);
  assert_near(inertia[1], SIM_DRONE_IYY, 0.015);
  assert_near(inertia[2], SIM_DRONE_IZZ, 0.001);
  mj_deleteModel(model);
}

static void drone_collides_with_its_box_alone(void **state) {
  (void)state;
  mjModel *model = load("drone.xml");
  const int box = find(model, mjOBJ_GEOM, "box");
  for (int g = 0; g < model->ngeom; g++) {
    assert_int_equal(collides(model, g), g == box);
    // visible geoms in the groups a viewer shows, the box in one it hides
    assert_int_equal(model->geom_group[g] > 2, g == box);
  }
  assert_int_equal(model->geom_type[box], mjGEOM_BOX);
  assert_vec(model->geom_size + 3 * box, SIM_DRONE_HALF_XY, SIM_DRONE_HALF_XY, SIM_DRONE_HALF_Z);
  assert_vec(model->geom_pos + 3 * box, 0, 0, 0);
  assert_int_equal(model->geom_condim[box], 1);
  assert_near(model->geom_solref[mjNREF * box], -900, 1e-12);
  assert_near(model->geom_solref[mjNREF * box + 1], -4.5, 1e-12);
  assert_near(model->geom_solimp[mjNIMP * box], 0.99, 1e-12);
  assert_near(model->geom_solimp[mjNIMP * box + 1], 0.99, 1e-12);
  mj_deleteModel(model);
}

static void rotors_are_where_the_physics_has_them(void **state) {
  (void)state;
  mjModel *model = load("drone.xml");
  for (int i = 0; i < SIM_ROTORS; i++) {
    const double *xy = SIM_ROTOR_XY[i];
    char name[32];
    snprintf(name, sizeof name, "rotor%d", i);
    const int site = find(model, mjOBJ_SITE, name);
    assert_vec(model->site_pos + 3 * site, xy[0], xy[1], SIM_ROTOR_Z);
    assert_near(fabs(model->site_quat[4 * site]), 1, 1e-12);
    snprintf(name, sizeof name, "disc%d", i);
    const int disc = find(model, mjOBJ_GEOM, name);
    assert_int_equal(model->geom_type[disc], mjGEOM_CYLINDER);
    assert_vec(model->geom_pos + 3 * disc, xy[0], xy[1], SIM_ROTOR_Z);
    assert_near(model->geom_size[3 * disc], SIM_ROTOR_RADIUS, 1e-12);
    assert_near(model->geom_size[3 * disc + 1], SIM_ROTOR_HALF_Z, 1e-12);
    snprintf(name, sizeof name, "blade%d", i);
    const mjtNum *blade = model->geom_pos + 3 * find(model, mjOBJ_GEOM, name);
    assert_near(blade[0], xy[0], 1e-12);
    assert_near(blade[1], xy[1], 1e-12);
  }
  mj_deleteModel(model);
}

static void bat_shows_where_a_touch_is_legal(void **state) {
  (void)state;
  mjModel *model = load("drone.xml");
  const int rim = find(model, mjOBJ_GEOM, "bat_rim");
  const int face = find(model, mjOBJ_GEOM, "bat");
  assert_near(model->geom_size[3 * rim], SIM_RACKET_RADIUS, 1e-12);
  // what one sees the ball bounce off is what it bounces off
  const double top = model->geom_pos[3 * face + 2] + model->geom_size[3 * face + 1];
  assert_near(top, SIM_DRONE_HALF_Z, 1e-3);
  assert_int_equal(model->geom_matid[face], find(model, mjOBJ_MATERIAL, "team"));
  assert_int_equal(model->geom_matid[rim], find(model, mjOBJ_MATERIAL, "accent"));
  // the mark points forward
  assert_true(model->geom_pos[3 * find(model, mjOBJ_GEOM, "heading")] > 0.05);
  assert_true(model->ngeom <= 25);
  mj_deleteModel(model);
}

static void ball_is_the_ball_of_the_match(void **state) {
  (void)state;
  mjModel *model = load("ball.xml");
  const int body = find_only_free_body(model, "ball");
  const double inertia = 0.4 * SIM_BALL_MASS * SIM_BALL_RADIUS * SIM_BALL_RADIUS;
  assert_near(model->body_mass[body], SIM_BALL_MASS, 1e-15);
  assert_vec(model->body_inertia + 3 * body, inertia, inertia, inertia);
  const int geom = find(model, mjOBJ_GEOM, "ball");
  assert_int_equal(model->geom_type[geom], mjGEOM_SPHERE);
  assert_near(model->geom_size[3 * geom], SIM_BALL_RADIUS, 1e-12);
  for (int g = 0; g < model->ngeom; g++) {
    assert_false(collides(model, g));
  }
  mj_deleteModel(model);
}

// outer edges of a flat box of the court
static void assert_edges(const mjModel *model, const char *name, double x, double y) {
  const int g = find(model, mjOBJ_GEOM, name);
  const mjtNum *pos = model->geom_pos + 3 * g, *size = model->geom_size + 3 * g;
  assert_near(fabs(pos[0]) + size[0], x, 1e-9);
  assert_near(fabs(pos[1]) + size[1], y, 1e-9);
}

static void court_has_the_lines_of_the_rules(void **state) {
  (void)state;
  mjModel *model = load("court.xml");
  assert_edges(model, "end_near", SIM_COURT_HALF_X, SIM_COURT_HALF_Y);
  assert_edges(model, "end_far", SIM_COURT_HALF_X, SIM_COURT_HALF_Y);
  assert_edges(model, "side_left", SIM_COURT_HALF_X, SIM_COURT_HALF_Y);
  assert_edges(model, "side_right", SIM_COURT_HALF_X, SIM_COURT_HALF_Y);
  assert_true(model->geom_pos[3 * find(model, mjOBJ_GEOM, "end_near")] > 0);
  assert_true(model->geom_pos[3 * find(model, mjOBJ_GEOM, "end_far")] < 0);
  assert_near(model->geom_pos[3 * find(model, mjOBJ_GEOM, "attack_near")], 3, 1e-12);
  assert_near(model->geom_pos[3 * find(model, mjOBJ_GEOM, "attack_far")], -3, 1e-12);
  const int centre = find(model, mjOBJ_GEOM, "centre");
  assert_near(model->geom_pos[3 * centre], 0, 1e-12);
  assert_near(model->geom_size[3 * centre + 1], SIM_COURT_HALF_Y, 1e-12);
  mj_deleteModel(model);
}

static void net_has_its_height(void **state) {
  (void)state;
  mjModel *model = load("court.xml");
  // the geom's own x is across the court and its own y is up
  const int net = find(model, mjOBJ_GEOM, "net");
  const mjtNum *size = model->geom_size + 3 * net, *pos = model->geom_pos + 3 * net;
  mjtNum up[3];
  const mjtNum own_y[3] = {0, 1, 0};
  mju_rotVecQuat(up, own_y, model->geom_quat + 4 * net);
  assert_near(up[2], 1, 1e-9);
  assert_near(size[0], SIM_COURT_HALF_Y, 1e-12);
  assert_near(pos[0], 0, 1e-12);
  assert_near(pos[2] + size[1], SIM_NET_TOP, 1e-9);
  assert_near(2 * size[1], 0.76, 1e-9);
  const int tape = find(model, mjOBJ_GEOM, "tape_top");
  assert_near(model->geom_pos[3 * tape + 2] + model->geom_size[3 * tape + 2], SIM_NET_TOP, 1e-9);
  mj_deleteModel(model);
}

static void court_is_only_to_look_at(void **state) {
  (void)state;
  mjModel *model = load("court.xml");
  assert_int_equal(model->nbody, 1);
  assert_int_equal(model->nkey, 0);
  for (int g = 0; g < model->ngeom; g++) {
    assert_false(collides(model, g));
  }
  assert_near(model->opt.timestep, SIM_DT, 1e-15);
  assert_vec(model->opt.gravity, 0, 0, -SIM_GRAVITY);
  assert_int_equal(model->opt.integrator, mjINT_EULER);
  assert_true(model->vis.global.offwidth >= 1920 && model->vis.global.offheight >= 1080);
  find(model, mjOBJ_MATERIAL, "team_near");
  find(model, mjOBJ_MATERIAL, "team_far");
  mj_deleteModel(model);
}

// whether a camera of the court has a point in a 16:9 picture
static bool sees(const mjModel *model, const mjData *d, int camera, const double point[3]) {
  mjtNum offset[3], own[3];
  mju_sub3(offset, point, d->cam_xpos + 3 * camera);
  mju_mulMatTVec3(own, d->cam_xmat + 9 * camera, offset);
  const double half = tan(0.5 * model->cam_fovy[camera] * 3.141592653589793 / 180);
  return own[2] < 0 && fabs(own[1]) < -own[2] * half && fabs(own[0]) < -own[2] * half * 16 / 9;
}

static void cameras_frame_the_play(void **state) {
  (void)state;
  static const char *const NAME[] = {"broadcast", "net", "behind_near", "behind_far", "top"};
  static const double POINT[][3] = {{6, 0, 4.9}, {-6, 0, 4.9}, {6, 3, 0},   {6, -3, 0},
                                    {-6, 3, 0},  {-6, -3, 0},  {0, 0, 2.43}};
  mjModel *model = load("court.xml");
  mjData *d = mj_makeData(model);
  assert_non_null(d);
  mj_forward(model, d);
  for (int c = 0; c < 5; c++) {
    const int camera = find(model, mjOBJ_CAMERA, NAME[c]);
    assert_true(sees(model, d, camera, POINT[6]));
    // the two that show everything see all corners and the ball of either serve
    for (int k = 0; k < 7 && (c == 0 || c == 4); k++) {
      if (!sees(model, d, camera, POINT[k])) {
        fail_msg("%s does not see %g %g %g", NAME[c], POINT[k][0], POINT[k][1], POINT[k][2]);
      }
    }
  }
  mj_deleteData(d);
  mj_deleteModel(model);
}

static void each_file_flies_on_its_own(void **state) {
  (void)state;
  static const char *const FILE_NAME[] = {"drone.xml", "ball.xml", "court.xml"};
  for (int i = 0; i < 3; i++) {
    mjModel *model = load(FILE_NAME[i]);
    assert_finite_flight(model);
    mj_deleteModel(model);
  }
  assert_int_equal(warnings, 0);
}

static void attach(mjSpec *world, const char *file, const char *body, const char *prefix) {
  mjSpec *child = parse(file);
  mjsFrame *frame = mjs_addFrame(mjs_findBody(world, "world"), NULL);
  if (!mjs_attach(frame->element, mjs_findBody(child, body)->element, prefix, "")) {
    fail_msg("%s cannot be attached: %s", file, mjs_getError(world));
  }
  mj_deleteSpec(child);
}

// into the court and into an empty world, without a word of conflicting settings, and with contacts
// between two drones but neither with the ball nor with the ground
static void bodies_attach_without_a_conflict(void **state) {
  (void)state;
  for (int scenery = 0; scenery < 2; scenery++) {
    mjSpec *world = scenery ? parse("court.xml") : mj_makeSpec();
    attach(world, "drone.xml", "drone", "a_");
    attach(world, "drone.xml", "drone", "b_");
    attach(world, "ball.xml", "ball", "ball_");
    mjModel *model = mj_compile(world, NULL);
    assert_non_null(model);
    assert_vec(model->opt.gravity, 0, 0, -9.81);
    mjData *d = mj_makeData(model);
    assert_non_null(d);
    // everything at the origin: on the ground, in one another, around the ball
    mj_forward(model, d);
    const int a = find(model, mjOBJ_GEOM, "a_box"), b = find(model, mjOBJ_GEOM, "b_box");
    assert_true(d->ncon > 0);
    for (int i = 0; i < d->ncon; i++) {
      assert_int_equal(d->contact[i].geom[0], a);
      assert_int_equal(d->contact[i].geom[1], b);
      assert_int_equal(d->contact[i].dim, 1);
    }
    mj_deleteData(d);
    mj_deleteModel(model);
    mj_deleteSpec(world);
  }
  assert_int_equal(warnings, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(drone_has_the_mass_of_the_iris),
      cmocka_unit_test(drone_collides_with_its_box_alone),
      cmocka_unit_test(rotors_are_where_the_physics_has_them),
      cmocka_unit_test(bat_shows_where_a_touch_is_legal),
      cmocka_unit_test(ball_is_the_ball_of_the_match),
      cmocka_unit_test(court_has_the_lines_of_the_rules),
      cmocka_unit_test(net_has_its_height),
      cmocka_unit_test(court_is_only_to_look_at),
      cmocka_unit_test(cameras_frame_the_play),
      cmocka_unit_test_setup(each_file_flies_on_its_own, count_warnings),
      cmocka_unit_test_setup(bodies_attach_without_a_conflict, count_warnings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
