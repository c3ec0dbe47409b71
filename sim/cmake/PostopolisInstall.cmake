# What `cmake --install` places, and the CMake package through which others find it.
#
# Everything under one prefix, which may be moved as a whole: the package finds itself from where it lies.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/postopolis")

get_property(modules GLOBAL PROPERTY POSTOPOLIS_MODULES)
# The umbrella: for those who want the whole town. `postopolis::NAME` is one module with what it stands on.
add_library(postopolis_all INTERFACE)
add_library(postopolis::postopolis ALIAS postopolis_all)
set_target_properties(postopolis_all PROPERTIES EXPORT_NAME postopolis)
target_link_libraries(postopolis_all INTERFACE ${modules})

install(TARGETS ${modules} postopolis_all EXPORT postopolisTargets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT postopolisTargets NAMESPACE postopolis:: DESTINATION "${package_dir}")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/postopolisConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/postopolisConfig.cmake" INSTALL_DESTINATION "${package_dir}"
                              NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/postopolisConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/postopolisConfig.cmake" "${PROJECT_BINARY_DIR}/postopolisConfigVersion.cmake"
        DESTINATION "${package_dir}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/postopolis" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.hpp")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/scenarios" DESTINATION "${CMAKE_INSTALL_DATADIR}/postopolis"
        FILES_MATCHING PATTERN "*.json" PATTERN "*.graphml" PATTERN "*.md")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
