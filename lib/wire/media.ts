/** Files: input and output of the `/api/media` routes. */
import * as z from 'zod/mini'
import { line } from './value.ts'

export const UploadRequest = z.object({
  filename: line(1, 255).check(z.describe('what the file is called where it comes from')),
  type: z.literal(['chat', 'avatar', 'group_icon']).check(z.describe('what it is for')),
})
export type UploadRequest = z.infer<typeof UploadRequest>

export const Upload = z.object({
  put_url: z.string().check(z.describe('PUT the file here within 15 minutes, without a token')),
  file_url: z
    .string()
    .check(z.describe('the content of the message (`media` 2 image, 3 anything else), the avatar or the icon')),
  key: z.string().check(z.describe('names the file for `/api/media/download`')),
})
export type Upload = z.infer<typeof Upload>

export const DownloadRequest = z.object({
  key: z
    .string()
    .check(z.maxLength(512), z.describe('the path of the file in its address, with or without its first part')),
  type: z.optional(z.literal(['chat', 'avatar', 'temp'])).check(z.describe('what the first part of the path says')),
  thumbnail: z.optional(z.boolean()).check(z.describe('the small form of a picture, if it has one')),
})
export type DownloadRequest = z.infer<typeof DownloadRequest>

export const Download = z.object({
  download_url: z.string().check(z.describe('GET it within 10 minutes, without a token')),
})
export type Download = z.infer<typeof Download>

export const NewAvatar = z.object({ avatar: z.string() })
