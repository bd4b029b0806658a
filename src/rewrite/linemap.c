#include "rewrite/linemap.h"

void hr_line_map_init(struct hr_line_map *map)
{
    hr_array_init(&map->lines, sizeof(struct hr_line_origin));
}

void hr_line_map_finish(struct hr_line_map *map)
{
    if (map != NULL) {
        hr_array_finish(&map->lines);
    }
}

bool hr_line_map_add(struct hr_line_map *map, enum hr_origin origin, size_t line,
                     int shift)
{
    struct hr_line_origin *item = hr_array_push(&map->lines);
    if (item == NULL) {
        return false;
    }
    item->origin = origin;
    item->line = (uint32_t)line;
    item->shift = shift;
    item->made_up = 0;
    return true;
}

struct hr_line_origin hr_line_map_at(const struct hr_line_map *map, size_t line)
{
    size_t count = map->lines.count;
    if (line < count) {
        return *(const struct hr_line_origin *)hr_array_at(&map->lines, line);
    }
    struct hr_line_origin past = {.origin = HR_ORIGIN_EXACT, .line = (uint32_t)line};
    if (count > 0) {
        const struct hr_line_origin *last = hr_array_at(&map->lines, count - 1);
        past.line = last->line + (uint32_t)(line - (count - 1));
    }
    return past;
}
