hcsp_test(play LABELS sim threads LINKS pol)
hcsp_test(step LABELS sim LINKS pol test_allocations ${CMAKE_DL_LIBS})
