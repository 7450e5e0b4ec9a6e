# the viewer; a test that needs a display or OpenGL and finds none is skipped with the reason
hcsp_library(test_viz_match SOURCES support/viz_match.c LINKS hcsp_eval test_support)
hcsp_test(viz_source LABELS sim threads LINKS viz test_viz_match)
hcsp_test(viz_choices LABELS sim LINKS viz test_viz_match)
hcsp_test(viz_app LABELS sim LINKS viz test_viz_match)
hcsp_test(viz_person LABELS sim LINKS viz_program)
hcsp_test(viz_ball LABELS gl LINKS viz test_viz_match TIMEOUT 600)
hcsp_test(viz_offscreen LABELS gl long LINKS viz test_viz_match TIMEOUT 600)
hcsp_test(viz_window LABELS gl LINKS viz test_viz_match TIMEOUT 600)
