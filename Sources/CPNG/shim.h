#ifndef OXBOW_CPNG_SHIM_H
#define OXBOW_CPNG_SHIM_H
#include <png.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* libpng's simplified API is configured by macros that Swift does not see; these functions are all we need of it. */

/* Room for libpng's message and its final zero. */
enum { oxbow_png_message_bytes = 64 };

static inline void oxbow_png_begin(png_image *image) {
    memset(image, 0, sizeof *image);
    image->version = PNG_IMAGE_VERSION;
}

/* Encodes 8-bit grey (colour 0) or RGB (colour 1) pixels, rows without padding.
   With memory NULL, sets *size_bytes to the room needed; else writes there and sets it to the room used.
   Returns 1, or 0 with libpng's words in message. Keeps nothing; the caller owns all memory. */
static inline int oxbow_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int colour, void *memory,
                                   size_t *size_bytes, char message[oxbow_png_message_bytes]) {
    png_image image;
    oxbow_png_begin(&image);
    image.width = width;
    image.height = height;
    image.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    png_alloc_size_t room = *size_bytes;
    int done = png_image_write_to_memory(&image, memory, &room, 0, pixels, 0, NULL);
    *size_bytes = room;
    memcpy(message, image.message, oxbow_png_message_bytes);
    return done;
}

/* Decodes to 8-bit grey or RGB, whichever the file holds; *colour says which.
   With pixels NULL, only sets width, height and colour; else pixels must hold width * height * (colour ? 3 : 1) bytes.
   Returns 1, or 0 with libpng's words in message. Keeps nothing; the caller owns all memory. */
static inline int oxbow_png_decode(const void *memory, size_t size_bytes, uint32_t *width, uint32_t *height, int *colour,
                                   uint8_t *pixels, char message[oxbow_png_message_bytes]) {
    png_image image;
    oxbow_png_begin(&image);
    int done = png_image_begin_read_from_memory(&image, memory, size_bytes);
    if (done) {
        *width = image.width;
        *height = image.height;
        *colour = (image.format & PNG_FORMAT_FLAG_COLOR) != 0;
        image.format = *colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
        if (pixels) done = png_image_finish_read(&image, NULL, pixels, 0, NULL);
    }
    memcpy(message, image.message, oxbow_png_message_bytes);
    png_image_free(&image);
    return done;
}
#endif
