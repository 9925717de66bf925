//! Screenshots that are shown one after the other, as an animated PNG.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::Path;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Transformations};

/// The bytes of a pixel: red, green, blue.
const PIXEL: usize = 3;

/// Frames of one size.
#[derive(Default)]
pub(crate) struct Animation {
    width: usize,
    height: usize,
    frames: Vec<Frame>,
}

struct Frame {
    pixels: Vec<u8>,
    milliseconds: u16,
}

/// A part of a frame.
#[derive(Debug, PartialEq)]
struct Rectangle {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

impl Animation {
    /// Adds a screenshot, which is shown for this time.
    pub(crate) fn add(&mut self, screenshot: &Path, milliseconds: u16) {
        let file = BufReader::new(File::open(screenshot).unwrap());
        let mut decoder = Decoder::new(file);
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let pixels = match info.color_type {
            ColorType::Rgb => bytes,
            ColorType::Rgba => bytes
                .chunks(4)
                .flat_map(|pixel| &pixel[..PIXEL])
                .copied()
                .collect(),
            other => panic!("a screenshot in {other:?}"),
        };
        let size = (info.width as usize, info.height as usize);
        if self.frames.is_empty() {
            (self.width, self.height) = size;
        }
        assert_eq!((self.width, self.height), size, "frames of one size");
        self.frames.push(Frame {
            pixels,
            milliseconds,
        });
    }

    /// Writes the frames, which are shown again and again. Each but the first has only the rectangle in which it differs
    /// from the one before. Returns the size of the file in bytes.
    pub(crate) fn write(&self, path: &Path) -> u64 {
        let size = |length: usize| u32::try_from(length).unwrap();
        let file = BufWriter::new(File::create(path).unwrap());
        let mut encoder = Encoder::new(file, size(self.width), size(self.height));
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::High);
        encoder.set_animated(size(self.frames.len()), 0).unwrap();
        let mut writer = encoder.write_header().unwrap();
        for (index, frame) in self.frames.iter().enumerate() {
            let changed = match index.checked_sub(1) {
                None => self.whole(),
                Some(before) => self.difference(&self.frames[before].pixels, &frame.pixels),
            };
            writer.set_frame_delay(frame.milliseconds, 1_000).unwrap();
            // The place and the size have to fit at each step.
            writer.reset_frame_position().unwrap();
            let (width, height) = (size(changed.width), size(changed.height));
            writer.set_frame_dimension(width, height).unwrap();
            let (x, y) = (size(changed.x), size(changed.y));
            writer.set_frame_position(x, y).unwrap();
            writer
                .write_image_data(&self.part(&frame.pixels, &changed))
                .unwrap();
        }
        writer.finish().unwrap();
        fs::metadata(path).unwrap().len()
    }

    fn whole(&self) -> Rectangle {
        Rectangle {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        }
    }

    /// The smallest rectangle with all pixels that differ; one pixel if none does.
    fn difference(&self, before: &[u8], after: &[u8]) -> Rectangle {
        let pixels = before.chunks(PIXEL).zip(after.chunks(PIXEL)).enumerate();
        let differing = pixels.filter(|(_, (before, after))| before != after);
        let places: Vec<_> = differing
            .map(|(index, _)| (index % self.width, index / self.width))
            .collect();
        let range = |of: fn(&(usize, usize)) -> usize| {
            let least = places.iter().map(of).min().unwrap_or(0);
            let most = places.iter().map(of).max().unwrap_or(0);
            (least, most - least + 1)
        };
        let ((x, width), (y, height)) = (range(|place| place.0), range(|place| place.1));
        Rectangle {
            x,
            y,
            width,
            height,
        }
    }

    fn part(&self, pixels: &[u8], part: &Rectangle) -> Vec<u8> {
        let rows = pixels
            .chunks(self.width * PIXEL)
            .skip(part.y)
            .take(part.height);
        rows.flat_map(|row| &row[part.x * PIXEL..(part.x + part.width) * PIXEL])
            .copied()
            .collect()
    }
}
