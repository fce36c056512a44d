import { type ClipboardEvent, type DragEvent, useEffect, useState } from 'react'
import { attachFiles } from '../../model/actions.ts'

const hasFiles = ({ dataTransfer }: { dataTransfer: DataTransfer | null }) =>
  dataTransfer?.types.includes('Files') === true

/** Files that are dragged onto a conversation, or pasted into it. What is dropped beside it does not take the page's place. */
export function useDrop(key: string, isOpen: boolean) {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const stay = (event: globalThis.DragEvent) => {
      if (hasFiles(event)) event.preventDefault()
    }
    addEventListener('dragover', stay)
    addEventListener('drop', stay)
    return () => {
      removeEventListener('dragover', stay)
      removeEventListener('drop', stay)
    }
  }, [])
  const onDragOver = (event: DragEvent) => {
    if (!isOpen || !hasFiles(event)) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'copy'
    setOver(true)
  }
  const onDragLeave = ({ currentTarget, relatedTarget }: DragEvent) => {
    if (!(relatedTarget instanceof Node) || !currentTarget.contains(relatedTarget)) setOver(false)
  }
  const onDrop = (event: DragEvent) => {
    setOver(false)
    if (!isOpen || !hasFiles(event)) return
    event.preventDefault()
    const folders = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()?.isDirectory === true)
    void attachFiles(
      key,
      [...event.dataTransfer.files].filter((_, index) => !folders[index]),
    )
  }
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files]
    // Programs give a picture beside the text that was copied: it is the text that was meant.
    if (!isOpen || files.length === 0 || event.clipboardData.getData('text/plain') !== '') return
    event.preventDefault()
    void attachFiles(key, files)
  }
  return { isOver, handlers: { onDragEnter: onDragOver, onDragOver, onDragLeave, onDrop, onPaste } }
}
