# assay_prompt_data(OUTPUT_VARIABLE folder header function NAMES a/b c/d ...)
# A source file with the prompt files <folder>/<name>.txt, as the table that `function` of `header` returns.
function(assay_prompt_data output folder header function)
  cmake_parse_arguments(ARG "" "" "NAMES" ${ARGN})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/prompt_data.cc)
  set(files)
  foreach(name IN LISTS ARG_NAMES)
    list(APPEND files ${folder}/${name}.txt)
  endforeach()
  string(REPLACE ";" "|" names "${ARG_NAMES}")
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed_prompts.cmake)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} "-DNAMES=${names}" -DHEADER=${header} -DFUNCTION=${function}
            -DOUTPUT=${source} -P ${script}
    DEPENDS ${files} ${script}
    COMMENT "Embedding prompts of ${header}"
    VERBATIM)
  set(${output} ${source} PARENT_SCOPE)
endfunction()
