# parts of the pipeline: files of stages, manifest, time left
hcsp_test(pipeline_parts LABELS unit LINKS hcsp_pipeline)
# what ships
hcsp_test(ship LABELS unit LINKS hcsp_pipeline)
# the whole way in small, killed and resumed
hcsp_script_test(pipeline LABELS sim long TIMEOUT 400
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_pipeline.sh $<TARGET_FILE:hcsp>)

# a whole preset, which takes minutes: ./tests/run.sh --long
hcsp_script_test(pipeline_smoke LABELS sim long-run TIMEOUT 3600
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_pipeline.sh $<TARGET_FILE:hcsp> 3 smoke)

hcsp_script_test(figures LABELS sim long TIMEOUT 400
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_figures.sh $<TARGET_FILE:hcsp>)
hcsp_script_test(ablations LABELS sim long TIMEOUT 300
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_ablations.sh $<TARGET_FILE:hcsp>)
